"""Tests of the transfer app."""
