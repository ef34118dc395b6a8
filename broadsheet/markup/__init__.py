"""Markdown to safe HTML, excerpt, contents and reading time: pure functions."""

from broadsheet.markup.render import Heading, Rendered, TooComplex, render

__all__ = ["Heading", "Rendered", "TooComplex", "render"]
