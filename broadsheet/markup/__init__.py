"""Markdown to safe HTML, excerpt, contents and reading time: pure functions."""

from broadsheet.markup.headings import Heading
from broadsheet.markup.limits import TooComplex
from broadsheet.markup.render import Rendered, render
from broadsheet.markup.summary import plain

__all__ = ["Heading", "Rendered", "TooComplex", "plain", "render"]
