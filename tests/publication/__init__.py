"""Tests of the publication app: the site, its setup and its redirects."""
