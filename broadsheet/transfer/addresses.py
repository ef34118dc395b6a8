"""The addresses of images in a Markdown text."""

import html
import re
from collections.abc import Callable

from broadsheet.transfer import prose

# An address in angle brackets, or one without spaces in which parentheses may stand in pairs.
_MARKDOWN = re.compile(
    r"(!\[(?:[^\[\]\\]|\\.|\[[^\[\]\\]{0,300}+\]){0,2000}+\]\(\s{0,9})"
    r"(?:<([^<>\n]{1,3000})>|([^\s()<>]{1,3000}(?:\([^\s()]{0,300}\)[^\s()<>]{0,300}){0,5}))"
)
_HTML = re.compile(
    r"(<img\b[^<>]{0,2000}?\bsrc\s{0,9}=\s{0,9}[\"']?)([^\s\"'<>]{1,3000})", re.IGNORECASE
)


def found(text: str) -> list[str]:
    """Return the addresses of the images in `text`, each once, in their order."""
    addresses: list[str] = []

    def note(address: str) -> str:
        addresses.append(address)
        return address

    replaced(text, note)
    return list(dict.fromkeys(addresses))


def replaced(text: str, replace: Callable[[str], str]) -> str:
    """Return `text` with `replace(address)` for each address of an image."""

    def markdown(match: re.Match[str]) -> str:
        address = match[2] or match[3]
        new = replace(address)
        return match[0] if new == address else f"{match[1]}{new}"

    def tag(match: re.Match[str]) -> str:
        address = html.unescape(match[2])
        new = replace(address)
        return match[0] if new == address else f"{match[1]}{html.escape(new)}"

    def rewrite(part: str) -> str:
        if "](" in part:
            part = _MARKDOWN.sub(markdown, part)
        return _HTML.sub(tag, part) if "<img" in part.lower() else part

    if "![" not in text and "<img" not in text.lower():
        return text
    return prose.rewritten(text, rewrite)


def is_remote(address: str) -> bool:
    """Whether an address is on the web, and not of this site."""
    return bool(re.match(r"https?://[^/\s]", address, re.IGNORECASE))
