"""The older backup: no head, the title in the first line."""

import re

_HEADING = re.compile(r"#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*")
_MARKS = re.compile(r"(\*{1,3}|_{1,3}|`)(.+)\1")


def split(text: str) -> tuple[str, str]:
    """Return the title and the text below it; an empty title where no heading begins the text."""
    first, _, rest = text.lstrip("\n \t").partition("\n")
    match = _HEADING.fullmatch(first)
    if match is None or not match[1]:
        return "", text
    marked = _MARKS.fullmatch(match[1])
    return (marked[2] if marked else match[1]), rest


def first_words(text: str, *, limit: int = 80) -> str:
    """Return a title for a text that has none: its first line of words."""
    for line in text[:5_000].split("\n"):
        words = re.sub(r"[#>*_`\[\]<>!]+", " ", re.sub(r"\]\([^)]*\)|<[^>]*>", " ", line)).split()
        if words:
            title = " ".join(words)
            return title if len(title) <= limit else f"{title[:limit].rsplit(' ', 1)[0]}…"
    return ""
