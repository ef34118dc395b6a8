"""Footnotes and callout titles: one definition per footnote, labels in the text's language."""

import re

from broadsheet.markup.localized_labels import CALLOUT_KINDS, Labels, get_labels

_SECTION = '<section class="footnotes" data-footnotes>'
_ITEM = re.compile(r'<li id="(fn-[^"<>]*+)">\n')
_BACK_LINK = re.compile(
    r' ?<a href="#fnref-[^"<>]*+" class="footnote-backref"[^<>]*+>[^<]*+'
    r'(?:<sup class="footnote-ref">\d*+</sup>)?</a>'
)
_BACK_LABEL = re.compile(r'aria-label="Back to reference \d++((?:-\d++)?)"')
_CALLOUT_TITLE = re.compile(rf'(<p class="markdown-alert-title">)({"|".join(CALLOUT_KINDS)})(</p>)')


def localize_labels(html: str, language: str) -> str:
    """Return the parser's `html` with the labels of footnotes and callouts in `language`.

    A footnote that is defined several times gets its first definition.
    """
    labels = get_labels(language)
    if "markdown-alert-title" in html:
        html = _CALLOUT_TITLE.sub(lambda m: f"{m[1]}{labels.callout_title(m[2])}{m[3]}", html)
    start = html.rfind(_SECTION)
    return html if start < 0 else html[:start] + _footnotes(html[start:], labels)


def _footnotes(html: str, labels: Labels) -> str:
    """Return the footnotes section with the first definition of each footnote."""
    beginning, *pieces = _ITEM.split(html)
    items = list(zip(pieces[::2], pieces[1::2], strict=True))
    first: dict[str, str] = {}
    for name, content in items:
        first.setdefault(name.casefold(), content)
    # The parser puts number and back links at the last definition.
    last = {name.casefold(): index for index, (name, _content) in enumerate(items)}
    out = [beginning]
    number = 0
    for index, (name, content) in enumerate(items):
        key = name.casefold()
        if last[key] != index:
            continue
        number += 1
        note = content if first[key] is content else _merge(first[key], content)
        label = labels.back_link.format(rf"{number}\1")
        note = _BACK_LABEL.sub(f'aria-label="{label}"', note)
        out.append(f'<li id="{name}">\n{note}')
    return "".join(out)


def _merge(first: str, last: str) -> str:
    """Return the first definition with the back links of the last, and the text after the last."""
    content, _, _ = first.rpartition("</li>")
    _, _, rest = last.rpartition("</li>")
    back_links = "".join(match[0] for match in _BACK_LINK.finditer(last)).strip()
    before, paragraph, after = content.rpartition("</p>\n")
    if paragraph and not after:
        return f"{before.rstrip()} {back_links}</p>\n</li>{rest}"
    return f"{content}{back_links}\n</li>{rest}"
