"""Several processes that are one gateway: they share a port, a database and a supervisor."""
