"""Reading a JSON export post by post, so that memory does not grow with their number."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

_LIST = re.compile(r'(?<!\\)"(?:posts|drafts)"\s*:\s*\[')
_CHUNK = 1 << 18
_LARGEST = 60_000_000


class Broken(ValueError):
    """The export cannot be read on from here. The message says why."""


def entries(file: BinaryIO) -> Iterator[Any]:
    """Yield the elements of the lists `posts` and `drafts`, or of the list that is the whole.

    Raises Broken, after the elements before, where the file is no JSON or has no such list.
    """
    window = _Window(file)
    window.skip_space()
    if window.text[:1] == "[":
        window.drop(1)
        yield from _elements(window)
        return
    if window.text[:1] != "{":
        raise Broken("This is no JSON export: it begins with neither { nor [.")
    is_found = False
    while window.seek(_LIST):
        is_found = True
        yield from _elements(window)
    if not is_found:
        raise Broken("This JSON file has no list named “posts”, so it is no export of Hashnode's.")


def _elements(window: "_Window") -> Iterator[Any]:
    while True:
        window.skip_space(",")
        if window.text[:1] == "]":
            window.drop(1)
            return
        if not window.text:
            raise Broken("The file breaks off in the middle. Download the export again.")
        yield window.value()


class _Window:
    """The part of the file that is looked at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self.text = ""

    def more(self, size: int = _CHUNK) -> bool:
        """Read on; False at the end."""
        chunk = self._file.read(size)
        self.text += self._decoder.decode(chunk, final=not chunk)
        return bool(chunk)

    def drop(self, count: int) -> None:
        """Move on by `count` characters."""
        self.text = self.text[count:]

    def skip_space(self, also: str = "") -> None:
        """Move to the next character that is no white space."""
        while True:
            self.text = self.text.lstrip(" \t\r\n" + also)
            if self.text or not self.more():
                return

    def seek(self, pattern: re.Pattern[str]) -> bool:
        """Move behind the next match; False where there is none."""
        while True:
            if match := pattern.search(self.text):
                self.drop(match.end())
                return True
            self.text = self.text[-100:]
            if not self.more():
                return False

    def value(self) -> Any:
        """Return the JSON value that begins here and move behind it. Raises Broken."""
        size = _CHUNK
        while True:
            try:
                value, end = json.JSONDecoder(strict=False).raw_decode(self.text)
            except (json.JSONDecodeError, RecursionError) as error:
                # Cut short, or wrong? Twice as much each time keeps this linear.
                if len(self.text) > _LARGEST or not self.more(size):
                    raise Broken(f"This is no JSON from here on: {error}.") from error
                size *= 2
            else:
                self.drop(end)
                return value
