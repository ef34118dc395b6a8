"""Exporters: one package per format."""
