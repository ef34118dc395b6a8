"""Footnotes and callouts: one definition each, and labels in the text's language."""

import re

from broadsheet.markup import labels
from broadsheet.markup.labels import KINDS, Labels

_SECTION = '<section class="footnotes" data-footnotes>'
_NOTE = re.compile(r'<li id="(fn-[^"<>]*+)">\n')
_BACK = re.compile(
    r' ?<a href="#fnref-[^"<>]*+" class="footnote-backref"[^<>]*+>[^<]*+'
    r'(?:<sup class="footnote-ref">\d*+</sup>)?</a>'
)
_BACK_LABEL = re.compile(r'aria-label="Back to reference \d++((?:-\d++)?)"')
_TITLE = re.compile(rf'(<p class="markdown-alert-title">)({"|".join(KINDS)})(</p>)')


def label(html: str, language: str) -> str:
    """Return the parser's `html` with footnotes and callouts as they are read in `language`."""
    words = labels.of(language)
    if "markdown-alert-title" in html:
        html = _TITLE.sub(lambda m: f"{m[1]}{words.title(m[2])}{m[3]}", html)
    start = html.rfind(_SECTION)
    return html if start < 0 else html[:start] + _footnotes(html[start:], words)


def _footnotes(html: str, words: Labels) -> str:
    """Return the list of notes with the first definition of each, and the ways back from it."""
    beginning, *pieces = _NOTE.split(html)
    notes = list(zip(pieces[::2], pieces[1::2], strict=True))
    first: dict[str, str] = {}
    for name, content in notes:
        first.setdefault(name.casefold(), content)
    # The parser numbers by the last definition, which has the ways back too.
    last = {name.casefold(): number for number, (name, _content) in enumerate(notes)}
    out = [beginning]
    count = 0
    for number, (name, content) in enumerate(notes):
        label = name.casefold()
        if last[label] != number:
            continue
        count += 1
        note = content if first[label] is content else _merged(first[label], content)
        back = words.back.format(rf"{count}\1")
        note = _BACK_LABEL.sub(f'aria-label="{back}"', note)
        out.append(f'<li id="{name}">\n{note}')
    return "".join(out)


def _merged(first: str, last: str) -> str:
    """Return the first definition with the ways back of the last, and what stands behind that."""
    content, _, _ = first.rpartition("</li>")
    _, _, rest = last.rpartition("</li>")
    back = "".join(match[0] for match in _BACK.finditer(last)).strip()
    before, paragraph, after = content.rpartition("</p>\n")
    if paragraph and not after:
        return f"{before.rstrip()} {back}</p>\n</li>{rest}"
    return f"{content}{back}\n</li>{rest}"
