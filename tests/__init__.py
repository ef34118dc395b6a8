"""Mirrors broadsheet/; journeys/ crosses rooms."""
