"""The proof that no page is stale: whatever is done, what is kept equals what is made afresh."""
