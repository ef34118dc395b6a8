"""Tests of the posts room."""
