"""Single dollars, which are text on Hashnode and signs of a formula here."""

import re

from broadsheet import markup
from broadsheet.transfer import prose

# Formulas, tags, addresses and embeds stay as they are; so does what is escaped.
_DOLLAR = re.compile(
    r"\\.|\$\$[^$]*\$\$|\$\$+|<[a-zA-Z/!][^<>]*>|\]\([^()\s]*\)|https?://[^\s<>]+"
    r"|%%?\[(?:[^%\]\n]|%(?!\[))*+\]|(\$)",
    re.DOTALL,
)


def escape(text: str) -> str:
    """Return `text` with its single dollars escaped, where two of them could make a formula."""
    if not markup.may_hold_formulas(text):
        return text
    return prose.rewritten(text, lambda part: _DOLLAR.sub(_escaped, part) if "$" in part else part)


def _escaped(match: re.Match[str]) -> str:
    return r"\$" if match[1] else match[0]
