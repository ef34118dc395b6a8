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
# `![alt][label]`, `![label][]` and `![label]`, and where a label's address stands.
_LABEL = re.compile(r"!\[([^\[\]]{0,999}+)\](?:\[([^\[\]]{0,999}+)\])?(?!\()")
_DEFINITION = re.compile(
    r"^([ \t>]{0,20}+\[([^\[\]]{1,999}+)\]:[ \t]{0,99}+\n?[ \t>]{0,20}+)"
    r"(?:<([^<>\n]{1,3000})>|([^\s<>]{1,3000}))",
    re.MULTILINE,
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
    labels = _labels(text)

    def markdown(match: re.Match[str]) -> str:
        address = match[2] or match[3]
        new = replace(address)
        return match[0] if new == address else f"{match[1]}{new}"

    def definition(match: re.Match[str]) -> str:
        address = match[3] or match[4]
        new = replace(address) if _folded(match[2]) in labels else address
        return match[0] if new == address else f"{match[1]}{new}"

    def tag(match: re.Match[str]) -> str:
        address = html.unescape(match[2])
        new = replace(address)
        return match[0] if new == address else f"{match[1]}{html.escape(new)}"

    def rewrite(part: str) -> str:
        if "](" in part:
            part = _MARKDOWN.sub(markdown, part)
        if labels and "]:" in part:
            part = _DEFINITION.sub(definition, part)
        return _HTML.sub(tag, part) if "<img" in part.lower() else part

    if "![" not in text and "<img" not in text.lower():
        return text
    return prose.rewritten(text, rewrite)


def _labels(text: str) -> frozenset[str]:
    """Return the labels by which images are named in `text`, where it defines any."""
    if "![" not in text or "]:" not in text:
        return frozenset()
    proses = (part for is_code, part in prose.parts(text) if not is_code)
    named = (match for part in proses for match in _LABEL.finditer(part))
    return frozenset(_folded(match[2] or match[1]) for match in named)


def _folded(label: str) -> str:
    """Return what is equal for labels that CommonMark takes for one."""
    return " ".join(label.split()).casefold()


def is_remote(address: str) -> bool:
    """Whether an address is on the web, and not of this site."""
    return bool(re.match(r"https?://[^/\s]", address, re.IGNORECASE))
