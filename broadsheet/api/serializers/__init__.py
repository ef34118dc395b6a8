"""How things look from outside, and what may be said about them."""
