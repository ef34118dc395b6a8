"""Limits of size and depth that keep rendering linear."""

import re

MAX_LENGTH = 300_000  # characters of a text
MAX_OUTPUT = 1_500_000  # characters of its HTML before sanitizing
MAX_HEADINGS = 2_500  # the parser compares the anchors of equal headings with each other
MAX_ENTITIES = 100_000  # the sanitizer is quadratic in them
MAX_TABLE_COLUMNS = 64
MAX_TABLE_CELLS = 20_000  # of all tables, including cells that the parser adds to short rows
MAX_NESTING = 100  # nested elements
MAX_WORK = 1_000_000  # sum of the depths of all tags
MAX_ATTRIBUTES = 32  # of one tag

_DELIMITER_ROW = re.compile(r"^[ \t>]*+\|?[ \t]*+:?-++:?[ \t]*+\|[-:| \t]*+$", re.MULTILINE)
_HEADING = re.compile(r"(?:^|[ \t>])#{1,6}(?=\s)|^[ \t>]*+(?:=++|-++)[ \t]*+$", re.MULTILINE)
_DEEP_LINE = re.compile(
    r"^(?![ \t]*+(?:[-*_][ \t]*+)++$)"
    rf"(?:[ \t]*+(?:>|(?:[-+*]|\d{{1,9}}[.)])(?=[ \t]))){{{MAX_NESTING // 2}}}",
    re.MULTILINE,
)
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*$")
# After such a line only the parser knows whether a fence opens or closes.
_UNCERTAIN = re.compile(r"[ \t]*<|[ \t]+(?:```|~~~)")


class TooComplexError(ValueError):
    """The text cannot be rendered within its limits. The message, for the author, says which."""


def line_of(source: str, position: int) -> int:
    """Return the line number of `position`, counted from 1."""
    return source.count("\n", 0, position) + 1


def check_source(source: str) -> None:
    """Raise TooComplexError if `source` is too large or parsing it would not be linear."""
    if len(source) > MAX_LENGTH:
        raise TooComplexError(
            f"The text has {len(source):,} characters; the limit is {MAX_LENGTH:,}. Split it."
        )
    if deep := _DEEP_LINE.search(source):
        raise TooComplexError(
            f"Line {line_of(source, deep.start())} has too many nested quotes and list items; "
            f"the limit is {MAX_NESTING // 2}."
        )
    candidates = source.count("#") + source.count("=") + source.count("\n-")
    if candidates > MAX_HEADINGS and sum(1 for _ in _HEADING.finditer(source)) > MAX_HEADINGS:
        raise TooComplexError(f"The text has more than {MAX_HEADINGS:,} headings.")
    try:
        _check_tables(source)
    except TooComplexError:
        _check_tables(_without_fences(source))


def check_output(html: str) -> None:
    """Raise TooComplexError if the parser's `html` would take too long to sanitize."""
    if len(html) > MAX_OUTPUT:
        raise TooComplexError(
            f"The text renders to {len(html):,} characters of HTML; the limit is {MAX_OUTPUT:,}. "
            "Split it."
        )
    if html.count("&") > MAX_ENTITIES:
        raise TooComplexError(
            f"The text has more than {MAX_ENTITIES:,} of the characters <, >, & and quotes."
        )


def _check_tables(source: str) -> None:
    if "|" not in source:
        return
    cells = end = 0
    for row in _DELIMITER_ROW.finditer(source):
        if row.start() < end:
            continue
        # The parser pads rows to the width of the first: the length does not bound the cells.
        columns = row[0].count("|") + 1
        blank = source.find("\n\n", row.end())
        end = blank if blank >= 0 else len(source)
        cells += columns * source.count("\n", row.start(), end)
        if columns > MAX_TABLE_COLUMNS + 2 or cells > MAX_TABLE_CELLS:
            raise TooComplexError(
                f"The table in line {line_of(source, row.start())} is too large; the limit is "
                f"{MAX_TABLE_COLUMNS} columns and {MAX_TABLE_CELLS:,} cells in total."
            )


def _without_fences(source: str) -> str:
    """Return `source` with fenced code as empty lines, or unchanged if the fences are uncertain.

    The parser never takes the removed lines for a table: only unindented fences count, which open
    and close alike everywhere except in HTML.
    """
    if "\r" in source:
        return source
    fence = ""
    lines: list[str] = []
    for line in source.split("\n"):
        if fence:
            closing = _CLOSING.match(line)
            if closing and closing[1].startswith(fence):
                fence = ""
            lines.append("")
        elif opening := _FENCE.match(line):
            fence = opening[0]
            lines.append("")
        elif _UNCERTAIN.match(line):
            return source
        else:
            lines.append(line)
    return "\n".join(lines)
