"""Exports of other programs: recognised and refused by name, so that none is taken for ours."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from broadsheet.transfer.faults import Unsuitable
from broadsheet.transfer.sources import Source

#: Bytes of a file that tell what it is.
HEAD = 1 << 16
_LOOKS = 5  # files of each kind that are looked into

#: What the beginning of a file has, by its ending.
_SIGNS = {
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
_ENTRIES = (
    ({"mobiledoc", "lexical"}, "a Ghost export"),
    ({"body_markdown", "body_html"}, "an export of dev.to"),
)
_MARKDOWN = (".md", ".markdown", ".mdx")


def refuse(source: Source) -> None:
    """Raise Unsuitable where `source` is the export of a program that cannot be imported here."""
    by_ending = {ending: list(_with(ending, source.names)) for ending in (*_SIGNS, *_MARKDOWN)}
    if any(by_ending[ending] for ending in _MARKDOWN):
        return
    for ending in _SIGNS:
        for name in by_ending[ending]:
            if program := recognise(name, _beginning(source, name)):
                raise _unsuitable(program)


def recognise(name: str, beginning: bytes) -> str:
    """Return which program's export the file is, "a Ghost export" say; empty for any other."""
    signs = _SIGNS.get(PurePosixPath(name).suffix.lower(), ())
    return next((program for sign, program in signs if re.search(sign, beginning)), "")


def refuse_entry(path: Sequence[str], entry: Mapping[str, Any]) -> None:
    """Raise Unsuitable for a post in JSON, at that path, that another program wrote."""
    if path[:1] == ("db",):
        raise _unsuitable("a Ghost export")
    for keys, program in _ENTRIES:
        if not keys.isdisjoint(entry):
            raise _unsuitable(program)


def sentence(program: str) -> str:
    """Return what to say of such an export."""
    return (
        f"This is {program}, which Broadsheet cannot import yet. It takes backups and exports of"
        " Hashnode, and Markdown files."
    )


def _unsuitable(program: str) -> Unsuitable:
    return Unsuitable(sentence(program))


def _with(ending: str, names: Iterable[str]) -> Iterator[str]:
    return islice((name for name in names if name.lower().endswith(ending)), _LOOKS)


def _beginning(source: Source, name: str) -> bytes:
    try:
        with source.open(name) as file:
            return file.read(HEAD)
    except (OSError, ValueError):
        return b""
