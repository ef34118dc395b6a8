"""Importers, one package for each program that posts come from; see `import_formats.py`."""
