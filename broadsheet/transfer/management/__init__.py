"""Commands of the transfer app."""
