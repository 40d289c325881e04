"""What a running gateway tells of itself: meters and spans; it knows nothing of the domain."""
