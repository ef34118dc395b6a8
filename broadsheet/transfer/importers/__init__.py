"""Importers: one package per source."""
