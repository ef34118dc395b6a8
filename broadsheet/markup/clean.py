"""The allow-list: the last thing that happens to HTML before it is kept."""

import re
from collections.abc import Callable

import nh3

from broadsheet.lib.image_variants import TONES
from broadsheet.markup.attributes import SCHEMES
from broadsheet.markup.code import CLASSES
from broadsheet.markup.limits import TooComplexError
from broadsheet.markup.providers import FRAMES
from broadsheet.markup.tags import ALLOWED

_MATH = frozenset(
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
    **{name: set(_MATH_ATTRIBUTES) for name in _MATH},
}
_PLACES = {"is-left", "is-center", "is-right"}
_CLASSES: dict[str, set[str]] = {
    "a": {"anchor", "footnote-backref", "link-card"},
    "aside": {"callout", "is-note", "is-tip", "is-important", "is-warning", "is-caution"},
    "code": {"math-error"},
    "div": {"callout-emoji", "callout-text", "table", *_PLACES},
    "figure": {"code", "embed", "image", *_PLACES},
    "img": _PLACES | TONES,
    "p": {"callout-title", "link", "widget", *_PLACES},
    "pre": {"mermaid"},
    "section": {"footnotes"},
    "span": {*CLASSES, "link-card-host", "link-card-title", "task", "is-done"},
    "sup": {"footnote-ref"},
    "td": _PLACES,
    "th": _PLACES,
    **{f"h{level}": _PLACES for level in range(1, 7)},
}


def _only_known_frames(_element: str, attribute: str, value: str) -> str | None:
    return None if attribute == "data-embed" and not value.startswith(FRAMES) else value


def _cleaner(attribute_filter: Callable[[str, str, str], str | None] | None) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=ALLOWED | _MATH | {"picture", "source"},
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        attribute_filter=attribute_filter,
        allowed_classes=_CLASSES,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


_PLAIN = _cleaner(None)
_WITH_FRAMES = _cleaner(_only_known_frames)


ROUNDS = 8

_NEWLINES = re.compile(r"(<pre(?: [^<>]*+)?+>)\n++")


def clean(html: str) -> str:
    """Return `html` with nothing in it that is not on the list: no script, style, frame or form."""
    cleaned = (_WITH_FRAMES if "data-embed" in html else _PLAIN).clean(html)
    # A parser drops the first newline of a <pre>: what is kept must not begin with one.
    return _NEWLINES.sub(r"\1", cleaned) if "<pre" in cleaned else cleaned


def settle(html: str) -> str:
    """Return `html` cleaned until cleaning changes nothing, as for tags that cross each other.

    A browser then reads what the sanitiser wrote as the sanitiser meant it. Raises TooComplexError.
    """
    for _ in range(ROUNDS):
        if (cleaned := clean(html)) == html:
            return cleaned
        html = cleaned
    raise TooComplexError(
        "HTML tags (such as links or tables) overlap. Close each one inside its parent."
    )
