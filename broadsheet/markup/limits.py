"""How large and how deep a text may be, so that rendering stays linear."""

import re

LENGTH = 1_000_000  # characters of a text
TABLE_COLUMNS = 64
NESTING = 100  # elements within each other
WORK = 1_000_000  # sum over all tags of the depth at which they stand
ATTRIBUTES = 32  # of one tag

_DELIMITER_ROW = re.compile(r"^[ \t>]*+\|?[ \t]*+:?-++:?[ \t]*+\|[-:| \t]*+$", re.MULTILINE)
_DEEP_LINE = re.compile(
    r"^(?![ \t]*+(?:[-*_][ \t]*+)++$)"
    rf"(?:[ \t]*+(?:>|(?:[-+*]|\d{{1,9}}[.)])(?=[ \t]))){{{NESTING // 2}}}",
    re.MULTILINE,
)


class TooComplex(ValueError):
    """The text cannot be rendered within its limits. The message says which, for its writer."""


def line_of(source: str, position: int) -> int:
    """Return the number, from 1, of the line in which `position` stands."""
    return source.count("\n", 0, position) + 1


def check(source: str) -> None:
    """Raise TooComplex when `source` would take the parser longer than its length explains."""
    if len(source) > LENGTH:
        raise TooComplex(
            f"The text has {len(source):,} characters; at most {LENGTH:,} can be shown as one page."
        )
    if deep := _DEEP_LINE.search(source):
        raise TooComplex(
            f"Line {line_of(source, deep.start())} begins with more quotes and list items within"
            f" each other than can be shown; the most are {NESTING // 2}."
        )
    for row in _DELIMITER_ROW.finditer(source):
        # The parser fills every row up to the width of the first: cells are not bounded by length.
        if row[0].count("|") > TABLE_COLUMNS + 1:
            raise TooComplex(
                f"The table in line {line_of(source, row.start())} is too wide:"
                f" at most {TABLE_COLUMNS} columns can be shown."
            )
