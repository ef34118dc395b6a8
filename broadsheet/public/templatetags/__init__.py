"""What the templates of public pages ask for."""
