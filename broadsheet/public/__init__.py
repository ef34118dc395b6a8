"""Door: what anyone may read."""
