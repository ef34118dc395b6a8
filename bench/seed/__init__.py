"""Posts, people, tags and series to measure with: as many as one asks for, always the same."""
