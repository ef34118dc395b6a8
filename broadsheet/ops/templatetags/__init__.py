"""Template tags of ops for the studio."""
