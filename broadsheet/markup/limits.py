"""How large and how deep a text may be, so that rendering stays linear."""

import re

LENGTH = 300_000  # characters of a text
OUTPUT = 1_500_000  # characters of its HTML before it is cleaned
HEADINGS = 2_500  # the parser compares the anchors of equal ones with each other
ENTITIES = 100_000  # the sanitiser's time grows with their square
TABLE_COLUMNS = 64
TABLE_CELLS = 20_000  # of all tables, with those that the parser adds to short rows
NESTING = 100  # elements within each other
WORK = 1_000_000  # sum over all tags of the depth at which they stand
ATTRIBUTES = 32  # of one tag

_DELIMITER_ROW = re.compile(r"^[ \t>]*+\|?[ \t]*+:?-++:?[ \t]*+\|[-:| \t]*+$", re.MULTILINE)
_HEADING = re.compile(r"(?:^|[ \t>])#{1,6}(?=\s)|^[ \t>]*+(?:=++|-++)[ \t]*+$", re.MULTILINE)
_DEEP_LINE = re.compile(
    r"^(?![ \t]*+(?:[-*_][ \t]*+)++$)"
    rf"(?:[ \t]*+(?:>|(?:[-+*]|\d{{1,9}}[.)])(?=[ \t]))){{{NESTING // 2}}}",
    re.MULTILINE,
)
_FENCE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*$")
# Before such a line has been read as the parser does, nobody knows what a fence below it means.
_UNCERTAIN = re.compile(r"[ \t]*<|[ \t]+(?:```|~~~)")


class TooComplexError(ValueError):
    """The text cannot be rendered within its limits. The message says which, for its writer."""


def line_of(source: str, position: int) -> int:
    """Return the number, from 1, of the line in which `position` stands."""
    return source.count("\n", 0, position) + 1


def check(source: str) -> None:
    """Raise TooComplexError when `source` would take the parser longer than its length explains."""
    if len(source) > LENGTH:
        raise TooComplexError(
            f"The text has {len(source):,} characters; the limit is {LENGTH:,}. Split it."
        )
    if deep := _DEEP_LINE.search(source):
        raise TooComplexError(
            f"Line {line_of(source, deep.start())} has too many nested quotes and list items; "
            f"the limit is {NESTING // 2}."
        )
    signs = source.count("#") + source.count("=") + source.count("\n-")
    if signs > HEADINGS and sum(1 for _ in _HEADING.finditer(source)) > HEADINGS:
        raise TooComplexError(f"The text has more than {HEADINGS:,} headings.")
    try:
        _check_tables(source)
    except TooComplexError:
        _check_tables(_without_fences(source))


def check_output(html: str) -> None:
    """Raise TooComplexError when `html`, fresh from the parser, takes too long to clean."""
    if len(html) > OUTPUT:
        raise TooComplexError(
            f"The text renders to {len(html):,} characters of HTML; the limit is {OUTPUT:,}. "
            "Split it."
        )
    if html.count("&") > ENTITIES:
        raise TooComplexError(
            f"The text has more than {ENTITIES:,} of the characters <, >, & and quotes."
        )


def _check_tables(source: str) -> None:
    if "|" not in source:
        return
    cells = end = 0
    for row in _DELIMITER_ROW.finditer(source):
        if row.start() < end:
            continue
        # The parser fills each row up to the width of the first: length does not bound the cells.
        columns = row[0].count("|") + 1
        blank = source.find("\n\n", row.end())
        end = blank if blank >= 0 else len(source)
        cells += columns * source.count("\n", row.start(), end)
        if columns > TABLE_COLUMNS + 2 or cells > TABLE_CELLS:
            raise TooComplexError(
                f"The table in line {line_of(source, row.start())} is too large; the limit is "
                f"{TABLE_COLUMNS} columns and {TABLE_CELLS:,} cells in total."
            )


def _without_fences(source: str) -> str:
    """Return `source` with empty lines for the code in fences, or as it is where that is unsure.

    What this leaves out the parser never reads as a table: only fences at the left edge count,
    which open and close alike wherever they stand but in HTML.
    """
    if "\r" in source:
        return source
    fence = ""
    kept: list[str] = []
    for line in source.split("\n"):
        if fence:
            closing = _CLOSING.match(line)
            if closing and closing[1].startswith(fence):
                fence = ""
            kept.append("")
        elif opening := _FENCE.match(line):
            fence = opening[0]
            kept.append("")
        elif _UNCERTAIN.match(line):
            return source
        else:
            kept.append(line)
    return "\n".join(kept)
