"""Documents, hits and filters of the index."""

import datetime as dt
import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Self

from broadsheet.search.highlight import END, START
from broadsheet.search.normalize import tokenize

MAX_BODY_LENGTH = 200_000  # characters of a body that are indexed
MAX_COMPATIBLE_WORDS = 2_000  # words of a document that are also indexed as NFKC

_INVALID = re.compile(f"[\x00{START}{END}]+")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FUTURE = 2**33  # the year 2242, in seconds


@dataclass(frozen=True, slots=True)
class Document:
    """A document to index. The texts are plain text.

    `keys` (ASCII letters and digits) are labels to filter by.
    """

    id: uuid.UUID
    title: str
    body: str
    tags: str
    subtitle: str = ""
    at: dt.datetime = _EPOCH
    keys: tuple[str, ...] = ()

    def cleaned(self) -> Self:
        """Return the document without characters that databases or highlighting cannot handle."""
        title, body, tags, subtitle = map(
            _clean, (self.title, self.body[:MAX_BODY_LENGTH], self.tags, self.subtitle)
        )
        compatible = _compatible_words(f"{title} {subtitle} {tags} {body}")
        tags = f"{tags} {compatible}" if compatible else tags
        return type(self)(self.id, title, body, tags, subtitle, self.at, self.keys)

    @property
    def number(self) -> int:
        """The sort key of the document's time; see `sort_number`."""
        return sort_number(self.at)


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result. `title` and `snippet` are safe HTML with `<mark>`."""

    id: uuid.UUID
    title: str
    snippet: str


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """Filter of a search: documents with all `keys`, from `since` (inclusive) to `until`."""

    keys: tuple[str, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def min_number(self) -> int | None:
        """The lowest sort number, which is the newest."""
        return sort_number(self.until) + 1 if self.until else None

    @property
    def max_number(self) -> int | None:
        """The highest sort number, which is the oldest."""
        return sort_number(self.since) if self.since else None


def sort_number(at: dt.datetime) -> int:
    """Return a number that decreases by one each second, so that the newest sort first."""
    return _FUTURE - (at - _EPOCH) // dt.timedelta(seconds=1)


def key_word(key: str) -> str:
    """Return a key as a word of the index; stemmers leave words that end in a digit alone."""
    return f"{key.lower()}0"


def _compatible_words(text: str) -> str:
    """Return the words of `text` that NFKC changes, in NFKC.

    They are indexed with the tags, which hits do not show: titles and texts stay as they are.
    """
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return ""
    words: list[str] = []
    for word in dict.fromkeys(text.split()):
        plain = word if word.isascii() else unicodedata.normalize("NFKC", word)
        if plain != word and tokenize(plain) != tokenize(word):
            words.append(plain)
    return " ".join(words[:MAX_COMPATIBLE_WORDS])


def _clean(text: str) -> str:
    text = _INVALID.sub("", text)
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
