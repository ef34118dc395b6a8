"""Dollar signs: which begin and end a formula, and which are prices or variables of a shell."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

# As GitHub and Pandoc have it. A space is what `\s` matches, no-break and narrow ones too. Scripts
# that set no spaces between words put a formula right behind one. `${` begins a variable.
_LETTER = (
    r"[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff]"
)
# Each begins with a dollar, and looks back over it: so a search stops at dollars only.
_OPENS = re.compile(rf"\$(?<![\\$]\$)(?<!{_LETTER}\$)(?:\$(?!\$)|(?![\s$]))")
_CLOSES = re.compile(rf"\$(?<!\\\$)(?:(?<!\$\$)\$|(?<![\s$]\$))(?![${{])(?!{_LETTER})")

_PARAGRAPH = re.compile(r"\n[ \t>]*+(?:\n|(?=`{3}|~{3}))")
_TOKEN = re.compile(r"\\.|``*+|\$\$*+", re.DOTALL)
_TICKS = re.compile(r"``*+")


def may_hold_formulas(text: str) -> bool:
    """Whether two dollars of `text` could begin and end a formula."""
    opening = _OPENS.search(text)
    return opening is not None and _CLOSES.search(text, opening.start() + 1) is not None


def mark(source: str, sign: str) -> str:
    """Return `source` with `sign` for each dollar in its prose that belongs to no formula.

    Dollars in code may be signs, too.
    """
    if "\\$" not in source and not may_hold_formulas(source):
        return source.replace("$", sign)
    plain: list[int] = []
    start = 0
    for boundary in _PARAGRAPH.finditer(source):
        plain += _plain(source, start, boundary.end())
        start = boundary.end()
    plain += _plain(source, start, len(source))
    if not plain:
        return source
    pieces: list[str] = []
    done = 0
    for at in plain:
        pieces += (source[done:at], sign)
        done = at + 1
    return "".join([*pieces, source[done:]])


def _plain(source: str, start: int, end: int) -> list[int]:
    """Return where dollars of a paragraph stand that are no part of a formula."""
    if source.find("$", start, end) < 0:
        return []
    runs = list(_runs(source, start, end))
    following: list[int | None] = [None] * len(runs)  # the next pair of dollars
    pair = None
    for number in range(len(runs) - 1, -1, -1):
        following[number] = pair
        if runs[number][1] - runs[number][0] == 2:  # noqa: PLR2004 - a pair
            pair = number
    plain: list[int] = []
    number = 0
    while number < len(runs):
        at, after = runs[number]
        is_pair = after - at == 2  # noqa: PLR2004
        closing = following[number] if is_pair else number + 1
        if (
            closing is not None
            and closing < len(runs)
            and runs[closing][1] - runs[closing][0] == after - at
            and _OPENS.match(source, at)
            and _CLOSES.match(source, runs[closing][0])
        ):
            number = closing + 1
        else:
            plain += range(at, after)
            number += 1
    return plain


def _runs(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where runs of dollars begin and end outside code. Linear in the length."""
    ticks: dict[int, list[int]] = defaultdict(list)
    if source.find("`", start, end) >= 0:
        for run in _TICKS.finditer(source, start, end):
            ticks[run.end() - run.start()].append(run.start())
    done = start
    for token in _TOKEN.finditer(source, start, end):
        if token.start() < done:
            continue
        if token[0][0] == "$":
            yield token.span()
        elif token[0][0] == "`":
            same = ticks[len(token[0])]
            closing = bisect_right(same, token.start())
            done = same[closing] + len(token[0]) if closing < len(same) else token.end()
