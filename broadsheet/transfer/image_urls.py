"""Image URLs in Markdown."""

import html
import re
from collections.abc import Callable

from broadsheet.transfer import markdown_spans

# A URL in angle brackets, or one without spaces in which parentheses are balanced.
_MARKDOWN = re.compile(
    r"(!\[(?:[^\[\]\\]|\\.|\[[^\[\]\\]{0,300}+\]){0,2000}+\]\(\s{0,9})"
    r"(?:<([^<>\n]{1,3000})>|([^\s()<>]{1,3000}(?:\([^\s()]{0,300}\)[^\s()<>]{0,300}){0,5}))"
)
_VALUE = r"""(?:"[^"]{0,3000}+"|'[^']{0,3000}+'|[^\s"'=<>`]{1,3000}+)"""
_HTML = re.compile(
    rf"(<img(?:\s++(?!src[\s=])[a-z_:][\w.:-]*+(?:\s*+=\s*+{_VALUE})?+)*+\s++src\s*+=\s*+)({_VALUE})",
    re.IGNORECASE,
)
# `![alt][label]`, `![label][]` and `![label]`, and the definition of a label.
_LABEL = re.compile(r"!\[([^\[\]]{0,999}+)\](?:\[([^\[\]]{0,999}+)\])?(?!\()")
_DEFINITION = re.compile(
    r"^([ \t>]{0,20}+\[([^\[\]]{1,999}+)\]:[ \t]{0,99}+\n?[ \t>]{0,20}+)"
    r"(?:<([^<>\n]{1,3000})>|([^\s<>]{1,3000}))",
    re.MULTILINE,
)


def find_image_urls(text: str) -> list[str]:
    """Return the image URLs in `text` in order, without duplicates."""
    urls: list[str] = []

    def collect(url: str) -> str:
        urls.append(url)
        return url

    replace_image_urls(text, collect)
    return list(dict.fromkeys(urls))


def replace_image_urls(text: str, replace: Callable[[str], str]) -> str:
    """Return `text` with each image URL replaced by `replace(url)`."""
    labels = _labels(text)

    def markdown(match: re.Match[str]) -> str:
        url = match[2] or match[3]
        new = replace(url)
        return match[0] if new == url else f"{match[1]}{new}"

    def definition(match: re.Match[str]) -> str:
        url = match[3] or match[4]
        new = replace(url) if _fold_label(match[2]) in labels else url
        return match[0] if new == url else f"{match[1]}{new}"

    def tag(match: re.Match[str]) -> str:
        url = html.unescape(match[2].strip("\"'")).strip()
        new = replace(url)
        return match[0] if new == url else f'{match[1]}"{html.escape(new)}"'

    def rewrite(part: str) -> str:
        if "](" in part:
            part = _MARKDOWN.sub(markdown, part)
        if labels and "]:" in part:
            part = _DEFINITION.sub(definition, part)
        return _HTML.sub(tag, part) if "<img" in part.lower() else part

    if "![" not in text and "<img" not in text.lower():
        return text
    return markdown_spans.rewrite_prose(text, rewrite)


def _labels(text: str) -> frozenset[str]:
    """Return the labels that images in `text` refer to, if it defines any."""
    if "![" not in text or "]:" not in text:
        return frozenset()
    prose = (part for is_code, part in markdown_spans.split_code(text) if not is_code)
    references = (match for part in prose for match in _LABEL.finditer(part))
    return frozenset(_fold_label(match[2] or match[1]) for match in references)


def _fold_label(label: str) -> str:
    """Normalize a label: CommonMark treats labels with the same result as equal."""
    return " ".join(label.split()).casefold()


def is_remote_url(url: str) -> bool:
    """Return whether a URL is absolute, with a host."""
    return bool(re.match(r"https?://[^/\s]", url, re.IGNORECASE))
