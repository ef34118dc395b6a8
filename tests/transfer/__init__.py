"""Tests of the transfer room."""
