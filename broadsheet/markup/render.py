"""From Markdown to what is stored of it."""

import re
from dataclasses import dataclass

from broadsheet.markup import code, embeds, headings, images, lists, maths, notes, summary
from broadsheet.markup.clean import clean, settle
from broadsheet.markup.extras import Extras
from broadsheet.markup.headings import Heading
from broadsheet.markup.limits import check, check_output
from broadsheet.markup.options import to_html
from broadsheet.markup.tags import Tags

_HTML = re.compile(r"<[a-zA-Z]|\[\^")  # what may nest as the parser never would
_CODE = re.compile(r"<code>[^<]*+</code>")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a text became."""

    html: str
    summary: str
    headings: tuple[Heading, ...]
    words: int
    text: str
    dropped: tuple[str, ...] = ()


def render(source: str, language: str = "") -> Rendered:
    """Return `source`, Markdown, as safe HTML, its labels in `language`. Raises TooComplexError.

    The same source gives the same bytes in every process. What is safe is decided by `clean`,
    which sees the HTML last; all before it may be wrong without being dangerous.
    """
    source = source.replace("\x00", "\ufffd")
    check(source)
    extras = Extras(source)
    tags = Tags(extras.restore)
    html = extras.return_dollars(to_html(extras.source))
    check_output(html)
    if extras and "<code>" in html:
        html = _CODE.sub(lambda part: extras.restore(part[0]), html)
    html = tags.spell(notes.label(lists.mark_tasks(html), language))
    html, contents = headings.anchor(
        headings.lower(html), lambda text: extras.replace(text, embeds.name)
    )
    html = maths.convert(html, extras.restore)
    html = code.colour(html, extras.restore)
    html = images.improve(html, extras.split_address)
    html = lists.wrap_tables(html)
    if extras:
        html = extras.replace(html, embeds.become)
    if extras or tags.dropped:
        html = embeds.tidy(html)
    html = settle(html) if _HTML.search(source) else clean(html)
    text = summary.plain(html)
    dropped = tuple(f"{what}, {n} times" if n > 1 else what for what, n in tags.dropped.items())
    return Rendered(html, summary.summarise(html), contents, summary.words(text), text, dropped)
