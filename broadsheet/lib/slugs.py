"""Slugs: the readable last part of a URL."""

import re
import unicodedata
from collections.abc import Container
from itertools import count

LENGTH = 200
# Vowel signs and the like, which some scripts cannot be read without, are no letters to `\w`:
# Hebrew, Arabic, then Devanagari to Tibetan with Thai among them, Myanmar, Khmer.
_SIGNS = (
    r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u0900-\u0963\u0971-\u0fff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17dc\u17dd"
)
CHARACTER = rf"[\w{_SIGNS}-]"
PATTERN = f"{CHARACTER}+"
# Those that people write in titles; in `List<String>` the word is one of the title's.
_HTML_TAG = re.compile(
    r"</?(?:a|abbr|b|br|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)\b[^<>]{0,200}>",
    re.IGNORECASE,
)
# Inside a word these vanish ("don't", "Node.js"); every other mark separates words.
_SILENT = re.compile(r"[.'\"\u2018\u2019\u201c\u201d\u02bc\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f]")
_SEPARATORS = re.compile(rf"(?:[^\w{_SIGNS}]|_)+")
#: Latin letters that Unicode does not decompose; "d with stroke" and its like follow from names.
_LATIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ŋ": "ng", "\u0131": "i", "ĸ": "k"}
)
_MODIFIED = re.compile(r"LATIN SMALL LETTER ([A-Z]{1,2}) WITH ")
#: What sets "C", "C++" and "C#" or "R&D" and "RD" apart, spelled out.
_SYMBOLS = (("&", " and "), ("++", "pp"), ("#", "-sharp "))


def slugify(text: str, *, fallback: str = "untitled") -> str:
    """Return `text` as a slug: lower case, words joined by hyphens, letters of any script kept.

    Latin letters lose their accents; other scripts stay as they are, since a title in Japanese
    would otherwise leave nothing. HTML tags go. Cut at a word's end to at most `LENGTH` characters.
    """
    folded = unicodedata.normalize("NFKD", _HTML_TAG.sub(" ", text)).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)  # some forms have no case before
    latin = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f").translate(_LATIN)
    plain = "".join(map(_base, unicodedata.normalize("NFKC", latin)))
    slug = _SEPARATORS.sub("-", _SILENT.sub("", plain)).strip("-")
    if len(slug) > LENGTH:
        slug = slug[:LENGTH].rsplit("-", 1)[0]
    return slug or fallback


def slugify_name(name: str, *, fallback: str) -> str:
    """Return the name of a tag or a series as a slug in which symbols are spelled out.

    So "C", "C++" and "C#" differ, and an emoji is called by its name in Unicode.
    """
    spelled = name
    for symbol, word in _SYMBOLS:
        spelled = spelled.replace(symbol, word)
    names = " ".join(unicodedata.name(character, "") for character in name[:LENGTH])
    return slugify(spelled, fallback="") or slugify(names, fallback=fallback)


def fold_name(name: str) -> str:
    """Return what is equal for names that mean the same: case, hyphens and spaces do not count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return re.sub(r"[-_\s]+", "-", folded).strip("-") or folded


def unused(slug: str, taken: Container[str]) -> str:
    """Return `slug`, or `slug-2`, `slug-3` and so on: the first that is not in `taken`."""
    if slug not in taken:
        return slug
    return next(name for n in count(2) if (name := numbered(slug, n)) not in taken)


def numbered(slug: str, number: int) -> str:
    """Return `slug` for the first of its kind, and with its number for the others."""
    return slug if number == 1 else f"{slug[: LENGTH - 8]}-{number}"


def _base(character: str) -> str:
    """Return the letter that a Latin one with a stroke, hook or the like is made from."""
    if character < "\u0111" or character > "\u024f":
        return "o" if character == "ø" else character
    modified = _MODIFIED.match(unicodedata.name(character, ""))
    return modified[1].lower() if modified else character
