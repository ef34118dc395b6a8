"""Conversion of a post's body: Hashnode's editor syntax and embeds to Broadsheet's Markdown."""

import html
import re
from urllib.parse import parse_qs, urlsplit

from broadsheet.markup.placeholders import URL_OR_TAG
from broadsheet.transfer import markdown_spans
from broadsheet.transfer.importers.hashnode import links
from broadsheet.transfer.records import Note

_IFRAME = re.compile(r"<iframe\b([^<>]{0,4000})>(?:[^<]{0,2000}</iframe\s*>)?", re.IGNORECASE)
_SRC = re.compile(r"\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_WIDGET_HOLDER = re.compile(
    r"<div\b[^<>]{0,500}\bhn-embed-widget\b[^<>]{0,500}>\s{0,9}</div\s*>", re.IGNORECASE
)
_ID = re.compile(r"\bid\s*=\s*[\"']?([\w-]{1,100})", re.IGNORECASE)
_CONVERTIBLE = re.compile(r"<iframe|<center|<div|<hr|%%\[|@\[|\\|!\[", re.IGNORECASE)
# Hashnode parsed Markdown directly after such a tag; CommonMark does only after an empty line.
_MARKDOWN_IN_TAG = re.compile(
    r"^(<(center|div)\b[^<>\n]{0,300}>)[ \t]{0,9}\n?[ \t]{0,9}"
    r"(!?\[[^\n]{1,5000}?)[ \t]{0,9}\n?[ \t]{0,9}(</\2>)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# It also did in the line below a rule.
_BELOW_RULE = re.compile(r"(^<hr[ \t]{0,9}/?>[ \t]{0,9}\n)(?=[^\s<])", re.IGNORECASE | re.MULTILINE)
_WIDGET = re.compile(r"%%\[([^\]\n]{1,200})\]")
_MENTION = re.compile(
    rf"{URL_OR_TAG}|@\[([^\[\]\n]{{1,100}})\]\((@[\w-]{{1,60}}|user:\w{{1,60}})\)"
)
_PLAYERS = (
    (r"(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,20}).*", r"www.youtube.com/watch?v=\1"),
    (r"player\.vimeo\.com/video/(\d+).*", r"vimeo.com/\1"),
    (r"codesandbox\.io/embed/([\w-]+).*", r"codesandbox.io/s/\1"),
    (r"codepen\.io/([\w-]+)/embed/(?:preview/)?([\w-]+).*", r"codepen.io/\1/pen/\2"),
    (r"open\.spotify\.com/embed/(.+)", r"open.spotify.com/\1"),
    (r"www\.loom\.com/embed/(\w+).*", r"www.loom.com/share/\1"),
)


def convert(text: str, notes: list[Note]) -> str:
    """Convert the body: frames become `%[url]`, mentions become links."""
    if not _CONVERTIBLE.search(text):
        return text

    def frame(match: re.Match[str]) -> str:
        return _frame(match, notes)

    def holder(match: re.Match[str]) -> str:
        name = _ID.search(match[0])
        return f"%%[{name[1]}]" if name else match[0]

    def mention(match: re.Match[str]) -> str:
        name, user = match.groups()
        if name is None:
            return match[0]
        if user.startswith("@"):
            return f"[@{name}](https://hashnode.com/{user})"
        notes.append(Note("mention, replaced by a name without a link", name))
        return match[0]

    def rewrite(part: str) -> str:
        part = _BELOW_RULE.sub(r"\1\n", _MARKDOWN_IN_TAG.sub(r"\1\n\n\3\n\n\4", part))
        part = _WIDGET_HOLDER.sub(holder, _IFRAME.sub(frame, _MENTION.sub(mention, part)))
        part = links.convert(part)
        notes.extend(
            Note("widget, whose content is not in the backup", widget[1])
            for widget in _WIDGET.finditer(part)
        )
        return part

    return markdown_spans.rewrite_prose(text, rewrite)


def _frame(match: re.Match[str], notes: list[Note]) -> str:
    src = _SRC.search(match[1])
    url = html.unescape(next(filter(None, src.groups()), "")).strip() if src else ""
    if url.startswith("//"):
        url = f"https:{url}"
    if not re.fullmatch(r"https?://[^\s<>\[\]]+", url):
        return match[0]
    page = _player_page(url)
    if not page:
        notes.append(Note("frame, replaced by a link", url[:200]))
    return f"\n\n%[{page or url}]\n\n"


def _player_page(url: str) -> str:
    """Return the page of a known player's frame; empty for any other."""
    scheme, _, rest = url.partition("://")
    for player, page in _PLAYERS:
        if re.fullmatch(player, rest):
            return f"{scheme}://{re.sub(player, page, rest)}"
    parts = urlsplit(url)
    if parts.hostname == "w.soundcloud.com":
        return next(iter(parse_qs(parts.query).get("url", [])), "")
    return ""
