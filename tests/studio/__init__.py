"""The studio: where authors work."""
