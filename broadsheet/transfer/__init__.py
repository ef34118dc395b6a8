"""Door: importers and exporters."""
