"""Serializers: input is validated by them; output is described by them in the OpenAPI schema."""
