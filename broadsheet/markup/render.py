"""From Markdown to what is stored of it."""

from dataclasses import dataclass

import comrak
import nh3


class TooComplex(ValueError):
    """The text cannot be rendered within its limits. The message says which, for its writer."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of a table of contents."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a text became."""

    html: str
    summary: str
    headings: tuple[Heading, ...]
    words: int
    text: str
    dropped: tuple[str, ...] = ()


def render(source: str) -> Rendered:
    """Return `source`, Markdown, as safe HTML. Raises TooComplex."""
    html = nh3.clean(comrak.render_markdown(source))
    text = nh3.clean(html, tags=set())
    return Rendered(html, text[:200], (), len(text.split()), text)
