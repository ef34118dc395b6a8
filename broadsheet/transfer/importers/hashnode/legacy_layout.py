"""Files of the older backup: no front matter, the title in the first line."""

import re

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS = re.compile(r"(\*{1,3}|_{1,3}|`)(.+)\1")
_LEVELS = 6


def split(text: str) -> tuple[str, str]:
    """Return the title and the text below it; an empty title if the text has no heading first."""
    first, _, rest = text.lstrip("\n \t").partition("\n")
    title = _heading(first)
    if not title:
        return "", text
    marked = _MARKS.fullmatch(title)
    return _ESCAPE.sub(r"\1", marked[2] if marked else title), rest


def _heading(line: str) -> str:
    """Return the text of an ATX heading (CommonMark 4.2); empty if the line is none."""
    words = line.lstrip("#")
    if not 0 < len(line) - len(words) <= _LEVELS or words[:1] not in {" ", "\t"}:
        return ""
    words = words.strip(" \t")
    opened = words.rstrip("#")
    # A closing sequence has a space before it: "F#" ends in a letter of its name.
    return words if opened[-1:] not in {"", " ", "\t"} else opened.rstrip(" \t")


def title_from_text(text: str, *, limit: int = 80) -> str:
    """Return a title for a text without one: its first line with words."""
    for line in text[:5_000].split("\n"):
        bare = re.sub(r"\]\([^()]*+\)|<[^<>]*+>", " ", line)
        words = re.sub(r"[#>*_`\[\]<>!]+", " ", bare).split()
        if words:
            title = " ".join(words)
            return title if len(title) <= limit else f"{title[:limit].rsplit(' ', 1)[0]}…"
    return ""
