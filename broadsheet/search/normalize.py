"""Normalization of text for the index: lower case, no accents, CJK as bigrams."""

import re
import unicodedata

from broadsheet.search import cjk

MAX_WORD_LENGTH = 24  # letters of a word that is completed or corrected

_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")  # the same for ASCII text, three times as fast
_APOSTROPHE = re.compile("['\u2019](?=(?:s|t|d|m|re|ve|ll)\\b)")  # of an English suffix


class _Folding(dict[int, str]):
    """Maps each character to one lower-case character without accents."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = char if cjk.runs(char) else _without_accents(char)
        self[code] = folded
        return folded


def _without_accents(char: str) -> str:
    decomposed = unicodedata.normalize("NFD", char)
    base = decomposed[0] if all(map(unicodedata.combining, decomposed[1:])) else char
    lower = base.lower()
    return lower if len(lower) == 1 else char


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Return `text` in lower case without accents, with the same length."""
    if text.isascii():
        return text.lower()
    return _NON_ASCII.sub(lambda m: m[0].translate(_FOLDING), _lower_ascii(text))


_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _lower_ascii(text: str) -> str:
    lower = text.lower()  # fast, and of the same length except for a few letters
    return lower if len(lower) == len(text) else text.translate(_ASCII_LOWER)


def normalize(text: str) -> str:
    """Return the words of `text` as they are indexed, separated by single spaces."""
    return " ".join(tokenize(text))


def tokenize(text: str) -> list[str]:
    """Return the words of `text` as they are indexed, in order."""
    text = cjk.split_runs(fold(text))
    if "'" in text or "\u2019" in text:
        text = _APOSTROPHE.sub("", text)
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)
