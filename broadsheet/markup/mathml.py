"""LaTeX math as MathML."""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape, unescape

from math_core import LatexError, LatexToMathML

from broadsheet.markup.limits import TooComplexError

_MAX_LENGTH = 2_000  # characters of a formula
_MAX_NESTING = 50  # the converter recurses: a deep formula would end the process
_MAX_FORMULAS = 2_000  # per text

_FORMULA = re.compile(
    r'<(span|code)(?: class="language-math")? data-math-style="(inline|display)">([^<]*)</\1>'
)
_NESTING = re.compile(r"(\{|\\left\b|\\begin\b)|(\}|\\right\b|\\end\b)")
_CONVERTER = LatexToMathML(fancy_error=False, max_expansions=0)


def render_formulas(html: str, restore: Callable[[str], str]) -> str:
    """Return `html` with formulas as MathML; one that cannot be parsed shows its source."""
    if "data-math-style" not in html:
        return html
    if html.count("data-math-style") > _MAX_FORMULAS:
        raise TooComplexError(f"The text has more than {_MAX_FORMULAS:,} formulas.")

    def replace(match: re.Match[str]) -> str:
        return _to_mathml(restore(match[3]), match[2])

    return (
        _FORMULA.sub(replace, html)
        .replace("<pre><math", "<math")
        .replace("</math></pre>", "</math>")
    )


@lru_cache(maxsize=256)
def _to_mathml(source: str, style: str) -> str:
    latex = unescape(source).strip()
    if len(latex) <= _MAX_LENGTH and _depth(latex) <= _MAX_NESTING:
        try:
            return _CONVERTER.convert_with_local_state(latex, displaystyle=style == "display")
        except LatexError:
            pass
    delimiter = "$$" if style == "display" else "$"
    return f'<code class="math-error">{delimiter}{escape(latex)}{delimiter}</code>'


def _depth(latex: str) -> int:
    deepest = depth = 0
    for opening, _ in _NESTING.findall(latex):
        depth += 1 if opening else -1
        deepest = max(deepest, depth)
    return deepest
