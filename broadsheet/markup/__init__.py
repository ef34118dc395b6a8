"""Markdown to safe HTML, excerpt, contents and reading time: pure functions."""

from broadsheet.markup.bounded import render
from broadsheet.markup.dollars import may_hold_formulas
from broadsheet.markup.headings import Heading
from broadsheet.markup.limits import TooComplexError
from broadsheet.markup.render import Rendered
from broadsheet.markup.summary import plain

__all__ = ["Heading", "Rendered", "TooComplexError", "may_hold_formulas", "plain", "render"]
