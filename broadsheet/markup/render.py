"""Renders Markdown to HTML, plain text, headings, images and word count."""

import re
from dataclasses import dataclass

from broadsheet.markup.embeds import remove_empty_paragraphs, render_embed, render_in_label
from broadsheet.markup.footnotes import localize_labels
from broadsheet.markup.headings import Heading, add_anchors, demote_headings
from broadsheet.markup.highlighting import highlight
from broadsheet.markup.images import render_images
from broadsheet.markup.limits import check_output, check_source
from broadsheet.markup.mathml import render_formulas
from broadsheet.markup.parser import to_html
from broadsheet.markup.placeholders import Placeholders
from broadsheet.markup.sanitize import sanitize, sanitize_until_stable
from broadsheet.markup.tables_and_task_lists import render_task_lists, wrap_tables
from broadsheet.markup.tag_normalizer import TagNormalizer
from broadsheet.markup.text_extraction import count_words, plain_text, summarize

_MAY_OVERLAP = re.compile(r"<[a-zA-Z]|\[\^")  # source whose tags may not be properly nested
_CODE = re.compile(r"<code>[^<]*+</code>")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered text. `dropped` describes the markup that was removed."""

    html: str
    summary: str
    headings: tuple[Heading, ...]
    word_count: int
    text: str
    dropped: tuple[str, ...] = ()


def render(source: str, language: str = "") -> Rendered:
    """Return `source`, Markdown, as safe HTML, its labels in `language`. Raises TooComplexError.

    The same source gives the same bytes in every process. `sanitize` runs last and alone makes
    the HTML safe: a mistake in an earlier step is not dangerous.
    """
    source = source.replace("\x00", "\ufffd")
    check_source(source)
    placeholders = Placeholders(source)
    tags = TagNormalizer(placeholders.restore)
    html = placeholders.restore_dollars(to_html(placeholders.source))
    check_output(html)
    if placeholders and "<code>" in html:
        html = _CODE.sub(lambda part: placeholders.restore(part[0]), html)
    html = tags.normalize(localize_labels(render_task_lists(html), language))
    html, contents = add_anchors(
        demote_headings(html), lambda text: placeholders.replace(text, render_in_label)
    )
    html = render_formulas(html, placeholders.restore)
    html = highlight(html, placeholders.restore)
    html = render_images(html, placeholders.split_url)
    html = wrap_tables(html)
    if placeholders:
        html = placeholders.replace(html, render_embed)
    if placeholders or tags.dropped:
        html = remove_empty_paragraphs(html)
    html = sanitize_until_stable(html) if _MAY_OVERLAP.search(source) else sanitize(html)
    text = plain_text(html)
    dropped = tuple(f"{what}, {n} times" if n > 1 else what for what, n in tags.dropped.items())
    return Rendered(html, summarize(html), contents, count_words(text), text, dropped)
