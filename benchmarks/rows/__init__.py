"""The rows: what each measures, and the targets that it is held to."""
