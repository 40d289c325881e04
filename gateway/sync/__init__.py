"""Keeps the projection true: reads sources, applies what they say, appends events."""
