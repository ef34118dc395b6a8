"""Headings: their anchors and the table of contents."""

import re
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


def anchor(html: str) -> tuple[str, tuple[Heading, ...]]:
    """Return `html` with one anchor of ours in each Markdown heading, and the contents."""
    found: list[Heading] = []

    def replace(match: re.Match[str]) -> str:
        start, level, name, content, text = match.groups()
        found.append(Heading(int(level), name, unescape(text)))
        return f'{start}{content}<a class="anchor" href="#{name}" aria-label="# {text}"></a>'

    return _HEADING.sub(replace, html), tuple(found)
