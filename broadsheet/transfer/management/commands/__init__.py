"""Commands of the transfer room."""
