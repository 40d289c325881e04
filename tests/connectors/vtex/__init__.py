"""The VTEX connector and its sandbox."""
