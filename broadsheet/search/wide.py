"""Scripts without spaces between words, searched by pairs of signs."""

import re

from broadsheet.search.marks import END, START

_RUN = re.compile(  # Chinese, Japanese, Korean
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)
_TOUCHING = re.compile(rf"\w*?{_RUN.pattern}\w*")
_BEFORE, _AFTER = 20, 80  # characters of a snippet around what was found


def runs(text: str) -> list[str]:
    """Return the stretches of `text` in those scripts."""
    return _RUN.findall(text)


def without_runs(text: str) -> str:
    """Return the rest of `text`."""
    return _RUN.sub(" ", text).strip()


def pairs(text: str) -> str:
    """Return what is indexed of `text`: each sign with the next one, the last of a run alone.

    Other letters that touch a run (`Python入門`) are words of their own.
    """
    if _RUN.search(text) is None:
        return ""
    return " ".join(piece for word in _TOUCHING.findall(text) for piece in _pieces(word))


def _pieces(word: str) -> list[str]:
    spaced = _RUN.sub(lambda m: f" {' '.join(m[0][i : i + 2] for i in range(len(m[0])))} ", word)
    return spaced.split()


def phrase(run: str) -> str:
    """Return the pairs that stand one after the other where `run` does."""
    return " ".join(run[i : i + 2] for i in range(len(run) - 1)) or run


def mark(text: str, found: list[str]) -> str:
    """Return `text` with the stretches of it that are in `found` marked."""
    if not found:
        return text
    longest_first = sorted(map(re.escape, found), key=len, reverse=True)
    return re.sub("|".join(longest_first), lambda m: f"{START}{m[0]}{END}", text)


def snippet(body: str, found: list[str]) -> str:
    """Return the part of `body` around the first of `found`, marked."""
    places = [place for run in found if (place := body.find(run)) >= 0]
    start = max(0, min(places, default=0) - _BEFORE)
    part = body[start : start + _BEFORE + _AFTER]
    before = "…" if start else ""
    after = "…" if start + len(part) < len(body) else ""
    return f"{before}{mark(part, found)}{after}"
