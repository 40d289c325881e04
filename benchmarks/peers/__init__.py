"""What Trama is measured beside, each in a process of its own that the benchmark starts."""
