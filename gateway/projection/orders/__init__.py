"""Orders, the work of locations for them, and the status that follows from all facts."""
