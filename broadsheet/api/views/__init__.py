"""Views of the API: viewsets per resource, and the root, schema and documentation."""
