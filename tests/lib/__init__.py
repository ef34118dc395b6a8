"""The pure helpers."""
