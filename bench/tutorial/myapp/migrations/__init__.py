"""Migrations of the tutorial app."""
