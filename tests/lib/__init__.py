"""Tests of the helpers in lib."""
