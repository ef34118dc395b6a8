"""Interface: importers and exporters."""
