"""Chinese, Japanese and Korean text, indexed by bigrams: it has no spaces between words."""

import re

#: CJK characters, for the inside of a character class.
CHARACTERS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUN = re.compile(f"[{CHARACTERS}]+")


def runs(text: str) -> list[str]:
    """Return the runs of CJK characters in `text`."""
    return [] if text.isascii() else _RUN.findall(text)


def without_runs(text: str) -> str:
    """Return `text` without CJK characters."""
    return _RUN.sub(" ", text).strip()


def split_runs(text: str) -> str:
    """Return `text` with each CJK character paired with the next; the last of a run is alone.

    Other letters that touch a run (`Python入門`) become separate words.
    """
    if text.isascii():
        return text
    return _RUN.sub(lambda m: f" {' '.join(m[0][i : i + 2] for i in range(len(m[0])))} ", text)


def bigrams(run: str) -> str:
    """Return the consecutive bigrams that occur where `run` does."""
    return " ".join(run[i : i + 2] for i in range(len(run) - 1)) or run
