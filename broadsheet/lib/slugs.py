"""Slugs: the readable last segment of a URL."""

import re
import unicodedata
from collections.abc import Container
from itertools import count

LENGTH = 200
# Vowel signs and similar marks of some scripts are not matched by `\w`:
# Hebrew, Arabic, then Devanagari to Tibetan with Thai among them, Myanmar, Khmer.
_SIGNS = (
    r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u0900-\u0963\u0971-\u0fff\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17dc\u17dd"
)
CHARACTER = rf"[\w{_SIGNS}-]"
PATTERN = f"{CHARACTER}+"
# Tags that occur in titles; the word in `List<String>` is part of the title.
_HTML_TAG = re.compile(
    r"</?(?:a|abbr|b|br|code|del|em|i|ins|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)\b[^<>]{0,200}>",
    re.IGNORECASE,
)
# Removed inside words ("don't", "Node.js"); every other mark separates words.
_SILENT = re.compile(r"[.'\"\u2018\u2019\u201c\u201d\u02bc\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f]")
_SEPARATORS = re.compile(rf"(?:[^\w{_SIGNS}]|_)+")
# Spaces, controls, blank letters, and Unicode's default ignorable code points.
_INVISIBLE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)
#: Latin letters that Unicode does not decompose; "d with stroke" and its like follow from names.
_LATIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ŋ": "ng", "\u0131": "i", "ĸ": "k"}
)
_MODIFIED = re.compile(r"LATIN SMALL LETTER ([A-Z]{1,2}) WITH ")
#: Symbols that distinguish "C", "C++" and "C#" or "R&D" and "RD", spelled out.
_SYMBOLS = (("&", " and "), ("++", "pp"), ("#", "-sharp "))


def slugify(text: str, *, fallback: str = "untitled") -> str:
    """Return `text` as a slug: lower case, words joined by hyphens, with letters of any script.

    Latin letters lose their accents. Other scripts stay, since otherwise nothing would be left of
    a Japanese title. HTML tags are removed. Truncated at a word's end to `LENGTH` characters.
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
    """Return the name of a tag or a series as a slug with symbols spelled out.

    So "C", "C++" and "C#" differ, and an emoji becomes its Unicode name.
    """
    spelled = name
    for symbol, word in _SYMBOLS:
        spelled = spelled.replace(symbol, word)
    names = " ".join(unicodedata.name(character, "") for character in name[:LENGTH])
    return slugify(spelled, fallback="") or slugify(names, fallback=fallback)


def fold_name(name: str) -> str:
    """Normalize a name for comparison: case, hyphens and spaces do not matter."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return re.sub(r"[-_\s]+", "-", folded).strip("-") or folded


def is_invisible(name: str) -> bool:
    """Return whether `name` has no visible character."""
    return _INVISIBLE.fullmatch(name) is not None


def make_unique(slug: str, taken: Container[str]) -> str:
    """Return the first of `slug`, `slug-2`, `slug-3` and so on that is not in `taken`."""
    if slug not in taken:
        return slug
    return next(name for n in count(2) if (name := with_number(slug, n)) not in taken)


def with_number(slug: str, number: int) -> str:
    """Return `slug` for number 1, otherwise with the number appended."""
    return slug if number == 1 else f"{slug[: LENGTH - 8]}-{number}"


def _base(character: str) -> str:
    """Return the base letter of a Latin letter with a stroke, hook or the like."""
    if character < "\u0111" or character > "\u024f":
        return "o" if character == "ø" else character
    modified = _MODIFIED.match(unicodedata.name(character, ""))
    return modified[1].lower() if modified else character
