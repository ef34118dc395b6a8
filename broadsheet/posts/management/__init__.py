"""Commands of the posts room."""
