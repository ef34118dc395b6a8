"""What the studio shows of the operation."""
