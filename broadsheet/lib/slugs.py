"""Slugs: the readable last part of an address."""

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


def slugify(text: str, *, fallback: str = "untitled") -> str:
    """Return `text` as a slug: lower case, words joined by hyphens, letters of any script kept.

    Latin letters lose their accents; other scripts stay as they are, since a title in Japanese
    would otherwise leave nothing. Cut at a word's end to at most `LENGTH` characters.
    """
    folded = unicodedata.normalize("NFKD", text).casefold()  # some forms have no case before
    decomposed = unicodedata.normalize("NFKD", folded)
    latin = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    words = re.sub(rf"[^\w\s{_SIGNS}-]", "", unicodedata.normalize("NFKC", latin))
    slug = re.sub(r"[-_\s]+", "-", words).strip("-")
    if len(slug) > LENGTH:
        slug = slug[:LENGTH].rsplit("-", 1)[0]
    return slug or fallback


def unused(slug: str, taken: Container[str]) -> str:
    """Return `slug`, or `slug-2`, `slug-3` and so on: the first that is not in `taken`."""
    if slug not in taken:
        return slug
    stem = slug[: LENGTH - 8]
    return next(name for n in count(2) if (name := f"{stem}-{n}") not in taken)
