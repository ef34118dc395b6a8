"""Management commands of `publication`."""
