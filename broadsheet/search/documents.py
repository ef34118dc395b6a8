"""What goes into the index and what comes out."""

import datetime as dt
import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Self

from broadsheet.search.marks import END, START
from broadsheet.search.words import split

BODY = 200_000  # characters of a body that are searched
COMPATIBLE = 2_000  # words of a document that are also indexed in plain letters

_UNSTORABLE = re.compile(f"[\x00{START}{END}]+")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FUTURE = 2**33  # the year 2242, in seconds


@dataclass(frozen=True, slots=True)
class Document:
    """What can be found. The texts are plain.

    `keys` (ASCII letters and digits) say what it belongs to; a search can be narrowed by them.
    """

    id: uuid.UUID
    title: str
    body: str
    tags: str
    subtitle: str = ""
    at: dt.datetime = _EPOCH
    keys: tuple[str, ...] = ()

    def storable(self) -> Self:
        """Return it without what a database or the marking of hits cannot take."""
        title, body, tags, subtitle = map(
            _storable, (self.title, self.body[:BODY], self.tags, self.subtitle)
        )
        also = _compatible(f"{title} {subtitle} {tags} {body}")
        tags = f"{tags} {also}" if also else tags
        return type(self)(self.id, title, body, tags, subtitle, self.at, self.keys)

    @property
    def place(self) -> int:
        """Where it stands in time."""
        return place(self.at)


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. `title` and `snippet` are safe HTML with `<mark>`."""

    id: uuid.UUID
    title: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Within:
    """What a search is narrowed to: documents with all `keys`, from `since` to before `until`."""

    keys: tuple[str, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def first(self) -> int | None:
        """The lowest place, which is the newest."""
        return place(self.until) + 1 if self.until else None

    @property
    def last(self) -> int | None:
        """The highest place, which is the oldest."""
        return place(self.since) if self.since else None


def place(at: dt.datetime) -> int:
    """Return a number that falls by one with every second: the newest come first."""
    return _FUTURE - (at - _EPOCH) // dt.timedelta(seconds=1)


def key_word(key: str) -> str:
    """Return a key as a word of the index; no stemmer touches what ends in a digit."""
    return f"{key.lower()}0"


def _compatible(text: str) -> str:
    """Return the words of `text` that read otherwise with plain letters (NFKC), as they do then.

    They stand beside the tags, which no hit shows: titles and texts stay as they were written.
    """
    if text.isascii() or unicodedata.is_normalized("NFKC", text):
        return ""
    words: list[str] = []
    for word in dict.fromkeys(text.split()):
        plain = word if word.isascii() else unicodedata.normalize("NFKC", word)
        if plain != word and split(plain) != split(word):
            words.append(plain)
    return " ".join(words[:COMPATIBLE])


def _storable(text: str) -> str:
    text = _UNSTORABLE.sub("", text)
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
