"""Dollar signs: which delimit a formula, and which are prices or shell variables."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

# The rules of GitHub and Pandoc. A space is what `\s` matches, no-break spaces included. Scripts
# without spaces between words have a formula directly after a letter. `${` begins a variable.
_LETTER = (
    r"[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff]"
)
# Each pattern begins with a dollar and looks back over it, so that a search stops at dollars only.
_OPENS = re.compile(rf"\$(?<![\\$]\$)(?<!{_LETTER}\$)(?:\$(?!\$)|(?![\s$]))")
# In shell code, `$(` begins a command: after a separator, or a sign outside exponents and indexes.
_COMMAND = r"(?:(?<=[/:=.,;|&@\"]\$)|(?<=[^^_][+-]\$))\("
_CLOSES = re.compile(rf"\$(?<!\\\$)(?:(?<!\$\$)\$|(?<![\s$]\$))(?![${{]|{_LETTER}|{_COMMAND})")

_PARAGRAPH = re.compile(r"\n[ \t>]*+(?:\n|(?=`{3}|~{3}))")
_TOKEN = re.compile(r"\\.|``*+|\$\$*+", re.DOTALL)
_TICKS = re.compile(r"``*+")


def may_contain_formulas(text: str) -> bool:
    """Return whether two dollars of `text` could delimit a formula."""
    opening = _OPENS.search(text)
    return opening is not None and _CLOSES.search(text, opening.start() + 1) is not None


def replace_plain_dollars(source: str, placeholder: str) -> str:
    """Return `source` with `placeholder` for each dollar in its prose that delimits no formula.

    Dollars in code may be replaced, too.
    """
    if "\\$" not in source and not may_contain_formulas(source):
        return source.replace("$", placeholder)
    plain: list[int] = []
    start = 0
    for boundary in _PARAGRAPH.finditer(source):
        plain += _plain_dollars(source, start, boundary.end())
        start = boundary.end()
    plain += _plain_dollars(source, start, len(source))
    if not plain:
        return source
    pieces: list[str] = []
    done = 0
    for at in plain:
        pieces += (source[done:at], placeholder)
        done = at + 1
    return "".join([*pieces, source[done:]])


def _plain_dollars(source: str, start: int, end: int) -> list[int]:
    """Return the positions of a paragraph's dollars that delimit no formula."""
    if source.find("$", start, end) < 0:
        return []
    runs = list(_runs(source, start, end))
    next_pair: list[int | None] = [None] * len(runs)  # index of the next `$$`
    pair = None
    for number in range(len(runs) - 1, -1, -1):
        next_pair[number] = pair
        if runs[number][1] - runs[number][0] == 2:  # noqa: PLR2004 - `$$`
            pair = number
    plain: list[int] = []
    number = 0
    while number < len(runs):
        at, after = runs[number]
        is_pair = after - at == 2  # noqa: PLR2004
        closing = next_pair[number] if is_pair else number + 1
        if (
            closing is not None
            and closing < len(runs)
            and runs[closing][1] - runs[closing][0] == after - at
            and _OPENS.match(source, at)
            and _CLOSES.match(source, runs[closing][0])
            and not (source.startswith("$(", at) and source.startswith("$(", runs[closing][0]))
        ):
            number = closing + 1
        else:
            plain += range(at, after)
            number += 1
    return plain


def _runs(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of dollars outside code. Linear in the length."""
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
