"""What surrounds every request: size limits, observability."""
