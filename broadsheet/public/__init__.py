"""Interface app: the public pages, which anyone may read."""
