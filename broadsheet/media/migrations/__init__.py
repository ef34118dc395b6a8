"""Changes to the tables, in their order."""
