"""User journeys across apps, in a browser, on a site served as in production."""
