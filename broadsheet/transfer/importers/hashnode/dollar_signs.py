"""Escaping of single dollar signs: text on Hashnode, math delimiters here."""

import re

from broadsheet import markup
from broadsheet.transfer import markdown_spans

# Formulas, tags, URLs, embeds and escaped characters stay unchanged.
_DOLLAR = re.compile(
    r"\\.|\$\$[^$]*\$\$|\$\$+|<[a-zA-Z/!][^<>]*>|\]\([^()\s]*\)|https?://[^\s<>]+"
    r"|%%?\[(?:[^%\]\n]|%(?!\[))*+\]|(\$)",
    re.DOTALL,
)


def escape_dollars(text: str) -> str:
    """Escape single dollar signs in `text`, if two of them could delimit a formula."""
    if not markup.may_contain_formulas(text):
        return text
    return markdown_spans.rewrite_prose(
        text, lambda part: _DOLLAR.sub(_escaped, part) if "$" in part else part
    )


def _escaped(match: re.Match[str]) -> str:
    return r"\$" if match[1] else match[0]
