"""The Markdown format with front matter, which the exporter writes and the importer reads."""
