"""The Square connector and its sandbox."""
