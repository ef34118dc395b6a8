"""Tests of the media app."""
