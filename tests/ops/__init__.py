"""Serving, settings and the operator's commands, by running them."""
