"""From Markdown to what is stored of it."""

import re
from dataclasses import dataclass

from broadsheet.markup import code, embeds, headings, images, lists, maths, summary
from broadsheet.markup.clean import clean, settle
from broadsheet.markup.extras import Extras
from broadsheet.markup.headings import Heading
from broadsheet.markup.limits import check, check_output
from broadsheet.markup.options import to_html
from broadsheet.markup.tags import Tags

_HTML = re.compile(r"<[a-zA-Z]|\[\^")  # what may nest as the parser never would


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
    """Return `source`, Markdown, as safe HTML. Raises TooComplex.

    The same source gives the same bytes in every process. What is safe is decided by `clean`,
    which sees the HTML last; all before it may be wrong without being dangerous.
    """
    source = source.replace("\x00", "\ufffd")
    check(source)
    extras = Extras(source)
    tags = Tags(extras.restore)
    html = to_html(extras.source)
    check_output(html)
    html = tags.spell(lists.mark_tasks(html))
    html, contents = headings.anchor(html)
    html = maths.convert(html, extras.restore)
    html = code.colour(html, extras.restore)
    html = images.improve(html, extras.split_address)
    html = lists.wrap_tables(html)
    if extras:
        html = embeds.tidy(extras.replace(html, embeds.become))
    html = settle(html) if _HTML.search(source) else clean(html)
    text = summary.plain(html)
    dropped = tuple(f"{what}, {n} times" if n > 1 else what for what, n in tags.dropped.items())
    return Rendered(html, summary.summarise(html), contents, summary.words(text), text, dropped)
