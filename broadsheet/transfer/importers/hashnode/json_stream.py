"""Streaming JSON parser: reads an export post by post, in bounded memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

_LISTS = frozenset({"posts", "drafts"})
_SPACE = re.compile(r"[ \t\r\n]*")
_CHUNK = 1 << 18
_MAX_VALUE_CHARS = 60_000_000
_MAX_DEPTH = 20


class JSONStreamError(ValueError):
    """The export cannot be read any further. The message says why."""


class JSONEntry(NamedTuple):
    """Element of a list of posts, and the path of keys to that list."""

    path: tuple[str, ...]
    value: Any


def iter_entries(file: BinaryIO) -> Iterator[JSONEntry]:
    """Yield the elements of the lists `posts` and `drafts`, or of the top-level list.

    Raises JSONStreamError, after the elements before it, for invalid JSON or without such a list.
    """
    reader = _JSONReader(file)
    first = reader.peek()
    if first == "[":
        yield from _elements(reader, ())
        return
    if first != "{":
        raise JSONStreamError("This is not a JSON export: it does not start with { or [.")
    has_list = False
    for entry in _members(reader, ()):
        has_list = True
        if entry is not None:
            yield entry
    if not has_list:
        raise JSONStreamError(
            "This JSON file has no list named “posts”, so it is not a Hashnode export."
        )


def _members(reader: "_JSONReader", path: tuple[str, ...]) -> Iterator[JSONEntry | None]:
    """Yield the entries of all lists in the object that begins here; None first for each list."""
    reader.skip("{")
    while reader.peek(",") != "}":
        key = reader.value()
        if reader.peek() != ":" or not isinstance(key, str):
            raise JSONStreamError("This is not valid JSON: a key has no value.")
        reader.skip(":")
        if key in _LISTS and reader.peek() == "[":
            yield None
            yield from _elements(reader, (*path, key))
        else:
            yield from _lists_in(reader, (*path, key))
    reader.skip("}")


def _lists_in(reader: "_JSONReader", path: tuple[str, ...]) -> Iterator[JSONEntry | None]:
    """Yield the entries of the lists in the value that begins here, and skip it."""
    at = reader.peek()
    if at not in {"{", "["} or len(path) > _MAX_DEPTH:
        reader.value()
    elif at == "{":
        yield from _members(reader, path)
    else:
        reader.skip("[")
        while reader.peek(",") != "]":
            yield from _lists_in(reader, (*path, ""))
        reader.skip("]")


def _elements(reader: "_JSONReader", path: tuple[str, ...]) -> Iterator[JSONEntry]:
    reader.skip("[")
    while reader.peek(",") != "]":
        yield JSONEntry(path, reader.value())
    reader.skip("]")


class _JSONReader:
    """Reader with a window on the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._json = json.JSONDecoder(strict=False)
        self._text = ""
        self._at = 0

    def _more(self, size: int = _CHUNK) -> bool:
        """Read the next chunk; return False at the end."""
        chunk = self._file.read(size)
        self._text = self._text[self._at :] + self._decoder.decode(chunk, final=not chunk)
        self._at = 0
        return bool(chunk)

    def peek(self, skipping: str = "") -> str:
        """Move to the next character that is neither white space nor `skipping`; return it.

        Raises JSONStreamError at the end of the file.
        """
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at == len(self._text):
                if not self._more() and not self._text:
                    raise JSONStreamError("The file is truncated. Download the export again.")
            elif self._text[self._at] == skipping:
                self._at += 1
            else:
                return self._text[self._at]

    def skip(self, sign: str) -> None:
        """Skip `sign`, which is at the current position."""
        self._at += len(sign)

    def value(self) -> Any:
        """Return the JSON value that begins here and skip it. Raises JSONStreamError."""
        size = _CHUNK
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                # Incomplete or invalid? Doubling the chunk each time keeps this linear.
                if len(self._text) - self._at > _MAX_VALUE_CHARS or not self._more(size):
                    raise JSONStreamError(f"This is not valid JSON: {error}.") from error
                size *= 2
            else:
                # A number at the end of the window may continue in the next chunk.
                if end == len(self._text) and isinstance(value, int | float) and self._more():
                    continue
                self._at = end
                return value
