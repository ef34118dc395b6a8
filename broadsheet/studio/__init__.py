"""Door: where authors work; never cached."""
