"""Text of rendered HTML: plain text, summary, word count."""

import re
from html import unescape

_SUMMARY_LENGTH = 200  # characters

_BLOCK_END = re.compile(
    r"</(?:p|h[1-6]|li|pre|blockquote|figure|figcaption|tr|td|th|aside|div|summary|dt|dd)>|<br>"
)
_LABELS = re.compile(
    r'<p class="(?:callout-title|widget)"[^<>]*+>[^<]*+</p>'
    r'|<div class="callout-emoji">[^<]*+</div>'
    r'|<span class="(?:task|link-card-host)[^<>]*+>[^<]*+</span>'
    r'|<sup class="footnote-ref"><a [^<>]*+>[^<]*+</a></sup>'
    r'|<a href="#fnref-[^<>]*+>[^<]*+(?:<sup class="footnote-ref">[^<]*+</sup>)?</a>'
)
_LABEL_CLASSES = ("callout-", "widget", '"task', "link-card", "footnote-")
# Two steps that do not match single spaces between words: ten times as fast as one.
_LINE_BREAK, _SPACES = re.compile(r"[\t\n\r\f\v]"), re.compile("  +")
_NOT_PROSE = re.compile(
    r"<(/?)(?:h[1-6]|pre|figure|table|section)\b[^<>]*+>"
    r'|<p class="(?:link|widget)"|(?:<p>|^)<math display="block"',
    re.MULTILINE,
)
_INVALID_FORMULA = re.compile(
    r'<p><code class="math-error">[^<]*+</code></p>|(<code class="math-error">[^<]*+</code>)'
)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af]")


def plain_text(html: str) -> str:
    """Return the text of sanitized `html`, code included, as one line."""
    if any(name in html for name in _LABEL_CLASSES):
        html = _LABELS.sub("", html)
    start, *pieces = _BLOCK_END.sub(" ", html).split("<")
    text = start + "".join([piece.partition(">")[2] for piece in pieces])
    return _SPACES.sub(" ", _LINE_BREAK.sub(" ", unescape(text))).strip()


def count_words(text: str) -> int:
    """Return the number of words; two Chinese, Japanese or Korean characters count as one."""
    characters = 0 if text.isascii() else len(_CJK.findall(text))
    return len((_CJK.sub(" ", text) if characters else text).split()) + (characters + 1) // 2


def summarize(html: str) -> str:
    """Return the beginning of the first prose in sanitized `html`, cut at a word boundary.

    Formulas on their own lines are left out. LaTeX that cannot be parsed becomes an ellipsis.
    """
    limit = _SUMMARY_LENGTH * 10
    prose = _INVALID_FORMULA.sub(lambda m: "…" if m[1] else "", _prose(html))[:limit]
    return _truncate(plain_text(prose if len(prose) < limit else prose.rpartition("<")[0]))


def _prose(html: str) -> str:
    """Return the first text of sanitized `html` outside headings, code, figures and tables.

    Link cards, widgets and formulas on their own lines are left out, too.
    """
    pieces: list[str] = []
    length = depth = start = 0
    for tag in _NOT_PROSE.finditer(html):
        if tag.start() < start or (depth and tag[1] is None):
            continue
        if not depth:
            pieces.append(html[start : tag.start()])
            length += tag.start() - start
            if length > _SUMMARY_LENGTH * 10:
                break
        if tag[1] is None:  # a paragraph, or a formula: skip it to its end
            end = html.find("</math>" if "<math" in tag[0] else "</p>", tag.end())
            start = end if end >= 0 else len(html)
        else:
            depth += -1 if tag[1] else 1
            start = tag.end()
    else:
        pieces.append("" if depth else html[start:])
    return " ".join(pieces)


def _truncate(text: str) -> str:
    """Return `text` in at most `_SUMMARY_LENGTH` characters, with an ellipsis if it was cut."""
    if len(text) <= _SUMMARY_LENGTH:
        return text
    head = text[: _SUMMARY_LENGTH - 1]
    at_word = head.rsplit(" ", 1)[0] if " " in head[_SUMMARY_LENGTH // 2 :] else head
    return at_word.rstrip(" ,;:.-") + "…"
