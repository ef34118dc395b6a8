"""Code fences whose indentation Hashnode and CommonMark parse differently."""

import re
from dataclasses import dataclass

from broadsheet.transfer.records import Note

_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(.*)")
_MARKER = re.compile(r"(?:[-*+]|\d{1,9}[.)])([ \t]+)(?=\S)")
_STARTS = frozenset("`~-*+0123456789")
_CODE = 4  # columns of indentation that make a line an indented code block


@dataclass(frozen=True, slots=True)
class _Opening:
    """Opening fence: its line and column, and the text column of the list around it."""

    line: int
    column: int
    container: int
    sign: str
    is_bare: bool


# A closing fence at the end of a line of code, which Hashnode accepts.
_TRAILING_FENCE = re.compile(r"([^`]*[^`\s])(`{3,})[ \t]*")


def repair_fences(text: str, notes: list[Note]) -> str:
    """Return `text` with code blocks in lists indented enough to stay in their list.

    CommonMark ends a list, and a fence in it, at a line that is indented less; its closing fence
    then opens a block that swallows what follows. Blocks that CommonMark parses as intended stay
    byte for byte. Linear in the text's length.
    """
    if "```" not in text and "~~~" not in text:
        return text
    lines = _separate_closing_fences(text.split("\n"))
    closings = _closings(lines)
    lists: list[int] = []
    number, is_after_blank = 0, True
    while number < len(lines):
        opening = _enter(lines[number], number, lists, is_after_blank=is_after_blank)
        is_after_blank = not lines[number].strip()
        if opening is not None:
            number = _repair_block(lines, opening, closings, notes)
        number += 1
    return "\n".join(lines)


def _enter(line: str, number: int, lists: list[int], *, is_after_blank: bool) -> _Opening | None:
    """Track lists across a line; `lists` contains the text columns of the open list items."""
    rest = line.lstrip(" \t")
    column = _indentation(line)
    if rest[:1] not in _STARTS and not is_after_blank:
        return None
    fence, marker = _FENCE.match(rest), _MARKER.match(rest)
    if rest and (fence or marker or is_after_blank):
        while lists and lists[-1] > column:
            lists.pop()
    while marker and column - (lists[-1] if lists else 0) < _CODE:
        gap = len(marker[1].expandtabs(4))
        column += len(marker[0]) - len(marker[1]) + (gap if gap <= _CODE else 1)
        lists.append(column)
        rest = rest[marker.end() :]
        fence, marker = _FENCE.match(rest), _MARKER.match(rest)
    if fence is None or (fence[1][0] == "`" and "`" in fence[2]):
        return None
    return _Opening(number, column, lists[-1] if lists else 0, fence[1], not fence[2])


def _repair_block(
    lines: list[str], opening: _Opening, closings: list[tuple[int, str]], notes: list[Note]
) -> int:
    """Repair the block that opens there. Return its last line."""
    while closings and closings[-1][0] <= opening.line:
        closings.pop()
    closing = next((at for at, sign in reversed(closings) if sign.startswith(opening.sign)), None)
    if closing is None:
        return _handle_unclosed(lines, opening, notes)
    block = [line for line in lines[opening.line + 1 : closing + 1] if line.strip()]
    left, far = min(map(_indentation, block)), _indentation(lines[closing])
    is_code = opening.column - opening.container >= _CODE
    if is_code and left - opening.container >= _CODE:
        return closing
    if not is_code and left >= opening.container and far - opening.container < _CODE:
        return closing
    column = opening.container if is_code else opening.column
    if is_code:
        lines[opening.line] = " " * column + lines[opening.line].lstrip()
    content = [line for line in lines[opening.line + 1 : closing] if line.strip()]
    shift = column - min(map(_indentation, content), default=column)
    if shift > 0 and min(map(_indentation, content)) < opening.container:
        for number in range(opening.line + 1, closing):
            if lines[number].strip():
                lines[number] = " " * shift + lines[number]
    lines[closing] = " " * column + lines[closing].strip()
    return closing


def _handle_unclosed(lines: list[str], opening: _Opening, notes: list[Note]) -> int:
    where = f"line {opening.line + 1} of the text"
    if opening.is_bare and not any(line.strip() for line in lines[opening.line + 1 :]):
        lines[opening.line] = ""
        notes.append(Note("closing code fence without an opening one, removed", where))
        return opening.line
    notes.append(Note("code block without a closing fence", where))
    return len(lines)


def _separate_closing_fences(lines: list[str]) -> list[str]:
    """Move a closing fence at the end of a line of code to its own line.

    Only if the next fence opens another block, so that nothing else can close this one.
    """
    result: list[str] = []
    glued: int | None = None
    sign = ""
    for line in lines:
        fence = _FENCE.match(line.lstrip(" \t"))
        if fence is None or (fence[1][0] == "`" and "`" in fence[2]):
            match = _TRAILING_FENCE.fullmatch(line) if sign and glued is None else None
            if match and match[2] == sign:
                glued = len(result)
        elif sign and not fence[2]:
            sign, glued = "", None
        elif not sign or glued is not None:
            _split_line(result, glued)
            glued = None
            sign = fence[1]
        result.append(line)
    _split_line(result, glued)
    return "\n".join(result).split("\n")


def _split_line(lines: list[str], at: int | None) -> None:
    """Split the line before the fence at its end."""
    match = _TRAILING_FENCE.fullmatch(lines[at]) if at is not None else None
    if match and at is not None:
        lines[at] = f"{match[1]}\n{' ' * _indentation(match[1])}{match[2]}"


def _closings(lines: list[str]) -> list[tuple[int, str]]:
    """Return the lines that can close a fence, last first."""
    stripped = ((number, line.strip()) for number, line in enumerate(lines))
    return [
        (number, sign)
        for number, sign in stripped
        if sign[:3] in {"```", "~~~"} and sign == sign[0] * len(sign)
    ][::-1]


def _indentation(line: str) -> int:
    """Return the column, from 0, where a line's text begins."""
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return len(indent.expandtabs(4))
