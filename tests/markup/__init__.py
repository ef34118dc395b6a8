"""Tests of the markup app."""
