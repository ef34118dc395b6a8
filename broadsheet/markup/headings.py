"""Headings: their anchors and the table of contents."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of a table of contents."""

    level: int
    id: str
    text: str


_HEADING = re.compile(
    r'(<h([1-6]) id="([^"]*)">)((?:(?!<h[1-6][ >]).)*?)<a href="#[^"]*" aria-label="[^"]*"'
    r' data-heading-content="([^"]*)" class="anchor"></a>'
)
_TAG = re.compile(r"<(/?)h([1-6])(?=[ >])")


def lower(html: str) -> str:
    """Return `html` with its headings from level 2 on: the first is the title of the page."""
    if "<h1" not in html:
        return html
    return _TAG.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + 1, 6)}", html)


def anchor(html: str, name: Callable[[str], str]) -> tuple[str, tuple[Heading, ...]]:
    """Return `html` with one anchor of ours in each Markdown heading, and the contents.

    `name` returns a heading's text, as HTML, with what was set aside before parsing.
    """
    contents: list[Heading] = []

    def replace(match: re.Match[str]) -> str:
        start, level, address, content, text = match.groups()
        text = name(text)
        contents.append(Heading(int(level), address, unescape(text)))
        return f'{start}{content}<a class="anchor" href="#{address}" aria-label="# {text}"></a>'

    return _HEADING.sub(replace, html), tuple(contents)
