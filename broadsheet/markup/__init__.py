"""Markdown to safe HTML, excerpt, table of contents and word count: pure functions."""

from broadsheet.markup.headings import Heading
from broadsheet.markup.limits import TooComplexError
from broadsheet.markup.math_delimiters import may_contain_formulas
from broadsheet.markup.process_pool import render
from broadsheet.markup.render import Rendered
from broadsheet.markup.text_extraction import plain_text

__all__ = ["Heading", "Rendered", "TooComplexError", "may_contain_formulas", "plain_text", "render"]
