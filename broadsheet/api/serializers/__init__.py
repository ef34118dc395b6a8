"""Serializers: they validate input, and describe output in the OpenAPI schema."""
