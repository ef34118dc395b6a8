"""Allow-list sanitizer: the last step before HTML is stored."""

import re
from collections.abc import Callable

import nh3

from broadsheet.lib.image_variants import TONES
from broadsheet.markup.attribute_normalizer import URL_SCHEMES
from broadsheet.markup.highlighting import TOKEN_CLASSES
from broadsheet.markup.limits import TooComplexError
from broadsheet.markup.providers import FRAME_URL_PREFIXES
from broadsheet.markup.tag_normalizer import ALLOWED_TAGS

_MATH_TAGS = frozenset(
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot"
    " mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover".split()
)
_MATH_ATTRIBUTES = frozenset(
    "accent accentunder columnalign columnlines columnspacing columnspan depth dir display"
    " displaystyle fence form height largeop linethickness lspace mathcolor mathbackground"
    " mathsize mathvariant maxsize minsize movablelimits notation rowlines rowspacing rowspan"
    " rspace scriptlevel separator stretchy symmetric voffset width".split()
)
_CELL = frozenset(("colspan", "rowspan"))
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    "a": {"aria-label", "href", "id", "rel"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "div": {"id", "tabindex"},
    "figure": {"data-embed", "data-lang", "data-provider", "id"},
    "img": {"alt", "decoding", "height", "loading", "referrerpolicy", "src", "width"},
    "ins": {"cite", "datetime"},
    "li": {"id", "value"},
    "ol": {"reversed", "start", "type"},
    "p": {"data-widget", "id"},
    "pre": {"tabindex"},
    "q": {"cite"},
    "section": {"id"},
    "source": {"sizes", "srcset", "type"},
    "span": {"id"},
    "td": set(_CELL),
    "th": {*_CELL, "scope"},
    "time": {"datetime"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
    **{name: set(_MATH_ATTRIBUTES) for name in _MATH_TAGS},
}
_ALIGNMENTS = {"is-left", "is-center", "is-right"}
_CLASSES: dict[str, set[str]] = {
    "a": {"anchor", "footnote-backref", "link-card"},
    "aside": {"callout", "is-note", "is-tip", "is-important", "is-warning", "is-caution"},
    "code": {"math-error"},
    "div": {"callout-emoji", "callout-text", "table", *_ALIGNMENTS},
    "figure": {"code", "embed", "image", *_ALIGNMENTS},
    "img": _ALIGNMENTS | TONES,
    "p": {"callout-title", "link", "widget", *_ALIGNMENTS},
    "pre": {"mermaid"},
    "section": {"footnotes"},
    "span": {*TOKEN_CLASSES, "link-card-host", "link-card-title", "task", "is-done"},
    "sup": {"footnote-ref"},
    "td": _ALIGNMENTS,
    "th": _ALIGNMENTS,
    **{f"h{level}": _ALIGNMENTS for level in range(1, 7)},
}


def _allow_known_frames(_element: str, attribute: str, value: str) -> str | None:
    return None if attribute == "data-embed" and not value.startswith(FRAME_URL_PREFIXES) else value


def _cleaner(attribute_filter: Callable[[str, str, str], str | None] | None) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=ALLOWED_TAGS | _MATH_TAGS | {"picture", "source"},
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        attribute_filter=attribute_filter,
        allowed_classes=_CLASSES,
        url_schemes=set(URL_SCHEMES),
        link_rel=None,
    )


_WITHOUT_EMBEDS = _cleaner(None)
_WITH_EMBEDS = _cleaner(_allow_known_frames)
_MAX_ROUNDS = 8

_PRE_NEWLINES = re.compile(r"(<pre(?: [^<>]*+)?+>)\n++")


def sanitize(html: str) -> str:
    """Return `html` with allow-listed markup only: no scripts, styles, frames or forms."""
    sanitized = (_WITH_EMBEDS if "data-embed" in html else _WITHOUT_EMBEDS).clean(html)
    # HTML parsers drop a newline at the start of <pre>, so sanitizing again would change it.
    return _PRE_NEWLINES.sub(r"\1", sanitized) if "<pre" in sanitized else sanitized


def sanitize_until_stable(html: str) -> str:
    """Sanitize `html`, whose tags may overlap, until that changes nothing.

    Browsers then parse the result as the sanitizer did. Raises TooComplexError.
    """
    for _ in range(_MAX_ROUNDS):
        if (sanitized := sanitize(html)) == html:
            return sanitized
        html = sanitized
    raise TooComplexError(
        "HTML tags (such as links or tables) overlap. Close each one inside its parent."
    )
