"""Small helpers without a domain and without HTTP."""
