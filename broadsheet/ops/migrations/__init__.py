"""Tables that only the operation needs."""
