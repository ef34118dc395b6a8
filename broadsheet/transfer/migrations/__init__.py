"""Migrations of the transfer room."""
