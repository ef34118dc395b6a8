"""Interface app: importers and exporters."""
