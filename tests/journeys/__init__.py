"""Journeys that cross rooms, in a browser, on a site that is served as in production."""
