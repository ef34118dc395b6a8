"""Scripts without spaces between words, searched by pairs of signs."""

import re

#: Chinese, Japanese, Korean; the inside of a character class.
SIGNS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUN = re.compile(f"[{SIGNS}]+")


def runs(text: str) -> list[str]:
    """Return the stretches of `text` in those scripts."""
    return [] if text.isascii() else _RUN.findall(text)


def without_runs(text: str) -> str:
    """Return the rest of `text`."""
    return _RUN.sub(" ", text).strip()


def spaced(text: str) -> str:
    """Return `text` with each sign of those scripts paired with the next, the last of a run alone.

    Other letters that touch a run (`Python入門`) become words of their own.
    """
    if text.isascii():
        return text
    return _RUN.sub(lambda m: f" {' '.join(m[0][i : i + 2] for i in range(len(m[0])))} ", text)


def phrase(run: str) -> str:
    """Return the pairs that stand one after the other where `run` does."""
    return " ".join(run[i : i + 2] for i in range(len(run) - 1)) or run
