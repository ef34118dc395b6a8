"""Door: REST, version 1."""
