"""Headings: their anchors and the table of contents."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the table of contents."""

    level: int
    id: str
    text: str


_HEADING = re.compile(
    r'(<h([1-6]) id="([^"]*)">)((?:(?!<h[1-6][ >]).)*?)<a href="#[^"]*" aria-label="[^"]*"'
    r' data-heading-content="([^"]*)" class="anchor"></a>'
)
_TAG = re.compile(r"<(/?)h([1-6])(?=[ >])")


def demote_headings(html: str) -> str:
    """Return `html` with headings from level 2 on: level 1 is the title of the page."""
    if "<h1" not in html:
        return html
    return _TAG.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + 1, 6)}", html)


def add_anchors(html: str, restore: Callable[[str], str]) -> tuple[str, tuple[Heading, ...]]:
    """Return `html` with an anchor in each Markdown heading, and the table of contents.

    `restore` replaces the placeholders in a heading's text and returns HTML.
    """
    contents: list[Heading] = []

    def replace(match: re.Match[str]) -> str:
        start, level, html_id, content, text = match.groups()
        text = restore(text)
        contents.append(Heading(int(level), html_id, unescape(text)))
        return f'{start}{content}<a class="anchor" href="#{html_id}" aria-label="# {text}"></a>'

    return _HEADING.sub(replace, html), tuple(contents)
