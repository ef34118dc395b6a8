"""What people fill in in the studio."""
