"""Reading a JSON export post by post, so that memory does not grow with their number."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

_LISTS = frozenset({"posts", "drafts"})
_SPACE = re.compile(r"[ \t\r\n]*")
_CHUNK = 1 << 18
_LARGEST = 60_000_000
_DEEPEST = 20


class Broken(ValueError):
    """The export cannot be read on from here. The message says why."""


class Entry(NamedTuple):
    """An element of a list of posts, and the keys on the way to that list."""

    path: tuple[str, ...]
    value: Any


def entries(file: BinaryIO) -> Iterator[Entry]:
    """Yield the elements of the lists `posts` and `drafts`, or of the list that is the whole.

    Raises Broken, after the elements before, where the file is no JSON or has no such list.
    """
    window = _Window(file)
    first = window.peek()
    if first == "[":
        yield from _elements(window, ())
        return
    if first != "{":
        raise Broken("This is no JSON export: it begins with neither { nor [.")
    has_list = False
    for entry in _members(window, ()):
        has_list = True
        if entry is not None:
            yield entry
    if not has_list:
        raise Broken("This JSON file has no list named “posts”, so it is no export of Hashnode's.")


def _members(window: "_Window", path: tuple[str, ...]) -> Iterator[Entry | None]:
    """Yield the entries of all lists within the object that begins here; first None for each."""
    window.skip("{")
    while window.peek(",") != "}":
        key = window.value()
        if window.peek() != ":" or not isinstance(key, str):
            raise Broken("This is no JSON: a key without a value.")
        window.skip(":")
        if key in _LISTS and window.peek() == "[":
            yield None
            yield from _elements(window, (*path, key))
        else:
            yield from _lists_in(window, (*path, key))
    window.skip("}")


def _lists_in(window: "_Window", path: tuple[str, ...]) -> Iterator[Entry | None]:
    """Yield the entries of the lists within the value that begins here, and pass it."""
    at = window.peek()
    if at not in {"{", "["} or len(path) > _DEEPEST:
        window.value()
    elif at == "{":
        yield from _members(window, path)
    else:
        window.skip("[")
        while window.peek(",") != "]":
            yield from _lists_in(window, (*path, ""))
        window.skip("]")


def _elements(window: "_Window", path: tuple[str, ...]) -> Iterator[Entry]:
    window.skip("[")
    while window.peek(",") != "]":
        yield Entry(path, window.value())
    window.skip("]")


class _Window:
    """The part of the file that is looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._json = json.JSONDecoder(strict=False)
        self._text = ""
        self._at = 0

    def _more(self, size: int = _CHUNK) -> bool:
        """Read on; False at the end."""
        chunk = self._file.read(size)
        self._text = self._text[self._at :] + self._decoder.decode(chunk, final=not chunk)
        self._at = 0
        return bool(chunk)

    def peek(self, passing: str = "") -> str:
        """Move to the next character that is neither white space nor `passing`, and return it.

        Raises Broken at the end of the file.
        """
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at == len(self._text):
                if not self._more() and not self._text:
                    raise Broken("The file breaks off in the middle. Download the export again.")
            elif self._text[self._at] == passing:
                self._at += 1
            else:
                return self._text[self._at]

    def skip(self, sign: str) -> None:
        """Move behind `sign`, at which the window stands."""
        self._at += len(sign)

    def value(self) -> Any:
        """Return the JSON value that begins here and move behind it. Raises Broken."""
        size = _CHUNK
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                # Cut short, or wrong? Twice as much each time keeps this linear.
                if len(self._text) - self._at > _LARGEST or not self._more(size):
                    raise Broken(f"This is no JSON from here on: {error}.") from error
                size *= 2
            else:
                # A number that ends where the window does may go on behind it.
                if end == len(self._text) and isinstance(value, int | float) and self._more():
                    continue
                self._at = end
                return value
