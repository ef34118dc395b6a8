"""Exporter of Markdown files with front matter."""
