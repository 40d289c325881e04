"""The readers of the log: one tail in a process, and cursors that say where a reader is."""
