"""LaTeX math as MathML."""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape, unescape

from math_core import LatexError, LatexToMathML

from broadsheet.markup.limits import TooComplexError

LENGTH = 2_000  # characters of a formula
NESTING = 50  # the converter recurses, and a deep formula ends the process
FORMULAS = 2_000  # in a text

_MATH = re.compile(
    r'<(span|code)(?: class="language-math")? data-math-style="(inline|display)">([^<]*)</\1>'
)
_NESTING = re.compile(r"(\{|\\left\b|\\begin\b)|(\}|\\right\b|\\end\b)")
_CONVERTER = LatexToMathML(fancy_error=False, max_expansions=0)


def convert(html: str, restore: Callable[[str], str]) -> str:
    """Return `html` with formulas as MathML; one that cannot be read shows its source."""
    if "data-math-style" not in html:
        return html
    if html.count("data-math-style") > FORMULAS:
        raise TooComplexError(f"The text has more than {FORMULAS:,} formulas.")

    def replace(match: re.Match[str]) -> str:
        return _to_mathml(restore(match[3]), match[2])

    return (
        _MATH.sub(replace, html).replace("<pre><math", "<math").replace("</math></pre>", "</math>")
    )


@lru_cache(maxsize=256)
def _to_mathml(source: str, style: str) -> str:
    latex = unescape(source).strip()
    if len(latex) <= LENGTH and _depth(latex) <= NESTING:
        try:
            return _CONVERTER.convert_with_local_state(latex, displaystyle=style == "display")
        except LatexError:
            pass
    sign = "$$" if style == "display" else "$"
    return f'<code class="math-error">{sign}{escape(latex)}{sign}</code>'


def _depth(latex: str) -> int:
    deepest = depth = 0
    for opening, _ in _NESTING.findall(latex):
        depth += 1 if opening else -1
        deepest = max(deepest, depth)
    return deepest
