"""Posts, their revisions, tags and series."""
