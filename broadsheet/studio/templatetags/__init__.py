"""What templates of the studio may ask for."""
