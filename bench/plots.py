"""Plots."""


def draw() -> None:
    """Later."""
