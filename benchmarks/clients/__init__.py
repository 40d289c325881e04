"""Who asks: wrk where it can be had, else a client of our own."""
