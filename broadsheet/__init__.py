"""Broadsheet: a self-hosted publishing platform."""
