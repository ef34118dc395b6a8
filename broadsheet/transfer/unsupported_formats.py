"""Export formats that cannot be imported yet: detected and rejected with the program's name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.error_isolation import UnsupportedSourceError

#: Bytes at the head of a file that identify its format.
HEAD_BYTES = 1 << 16
_FILES_PER_EXTENSION = 5  # files of each extension that are inspected

#: Patterns for the head of a file, by extension.
_SIGNATURES = {
    ".xml": (
        (rb"wordpress\.org/export/", "a WordPress export (WXR)"),
        (rb"schemas\.google\.com/blogger|>Blogger</generator>", "a Blogger export"),
    ),
    ".csv": (
        (rb"\A(?:\xef\xbb\xbf)?\"?post_id\"?,\"?post_date\"?,", "a Substack export"),
    ),
    ".html": (
        (rb"class=\"(?:h-entry|p-name|h-card)\"", "a Medium export"),
    ),
    ".json": (
        (rb"\"exported_on\"\s{0,9}:|\"db\"\s{0,9}:\s{0,99}\[", "a Ghost export"),
    ),
}  # fmt: skip
_ENTRY_SIGNATURES = (
    ({"mobiledoc", "lexical"}, "a Ghost export"),
    ({"body_markdown", "body_html"}, "an export of dev.to"),
)
_MARKDOWN = (".md", ".markdown", ".mdx")


def reject_unsupported(source: FileSource) -> None:
    """Raise UnsupportedSourceError if `source` is an export that cannot be imported yet."""
    names_by_extension = {
        extension: list(_with_extension(extension, source.names))
        for extension in (*_SIGNATURES, *_MARKDOWN)
    }
    if any(names_by_extension[extension] for extension in _MARKDOWN):
        return
    for extension in _SIGNATURES:
        for name in names_by_extension[extension]:
            if program := detect_program(name, _read_head(source, name)):
                raise _unsupported(program)


def detect_program(name: str, head: bytes) -> str:
    """Return the kind of export, for example "a Ghost export"; empty if unknown."""
    signatures = _SIGNATURES.get(PurePosixPath(name).suffix.lower(), ())
    return next((program for pattern, program in signatures if re.search(pattern, head)), "")


def reject_unsupported_entry(path: Sequence[str], entry: Mapping[str, Any]) -> None:
    """Raise UnsupportedSourceError for a JSON post at `path` that another program wrote."""
    if path[:1] == ("db",):
        raise _unsupported("a Ghost export")
    for keys, program in _ENTRY_SIGNATURES:
        if not keys.isdisjoint(entry):
            raise _unsupported(program)


def unsupported_message(program: str) -> str:
    """Return the error message for an export of `program`."""
    return (
        f"This is {program}. Broadsheet cannot import it yet; it can import Hashnode backups "
        "and exports, and Markdown files."
    )


def _unsupported(program: str) -> UnsupportedSourceError:
    return UnsupportedSourceError(unsupported_message(program))


def _with_extension(extension: str, names: Iterable[str]) -> Iterator[str]:
    return islice(
        (name for name in names if name.lower().endswith(extension)), _FILES_PER_EXTENSION
    )


def _read_head(source: FileSource, name: str) -> bytes:
    try:
        with source.open(name) as file:
            return file.read(HEAD_BYTES)
    except (OSError, ValueError):
        return b""
