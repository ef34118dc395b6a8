"""Texts as the index knows them: small letters without accents, signs of wide scripts in pairs."""

import re
import unicodedata

from broadsheet.search import wide

LONGEST = 24  # letters of a word that is completed and corrected

_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")  # the same of what is ASCII, in a third of the time
_APOSTROPHE = re.compile("['\u2019](?=(?:s|t|d|m|re|ve|ll)\\b)")  # of an English ending


class _Plain(dict[int, str]):
    """Each character as its small letter without accents; always one for one."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = sign if wide.runs(sign) else _without_marks(sign)
        self[code] = plain
        return plain


def _without_marks(sign: str) -> str:
    whole = unicodedata.normalize("NFD", sign)
    small = (whole[0] if all(map(unicodedata.combining, whole[1:])) else sign).lower()
    return small if len(small) == 1 else sign


_PLAIN = _Plain()


def fold(text: str) -> str:
    """Return `text` in small letters without accents, each character in its place."""
    if text.isascii():
        return text.lower()
    return _FOREIGN.sub(lambda m: m[0].translate(_PLAIN), _lower_ascii(text))


_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _lower_ascii(text: str) -> str:
    small = text.lower()  # fast, and of the same length but for a few letters
    return small if len(small) == len(text) else text.translate(_SMALL)


def indexed(text: str) -> str:
    """Return the words that are indexed of `text`, with single spaces between them."""
    return " ".join(split(text))


def split(text: str) -> list[str]:
    """Return the words of `text` as they are indexed, in their order."""
    text = wide.spaced(fold(text))
    if "'" in text or "\u2019" in text:
        text = _APOSTROPHE.sub("", text)
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)
