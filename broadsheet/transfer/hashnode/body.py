"""The body of a post: what Hashnode's editor and its embeds left in the Markdown."""

import html
import re
from urllib.parse import parse_qs, urlsplit

from broadsheet.transfer import prose
from broadsheet.transfer.hashnode import links
from broadsheet.transfer.incoming import Note

_IFRAME = re.compile(r"<iframe\b([^<>]{0,4000})>(?:[^<]{0,2000}</iframe\s*>)?", re.IGNORECASE)
_SRC = re.compile(r"\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_HOLDER = re.compile(
    r"<div\b[^<>]{0,500}\bhn-embed-widget\b[^<>]{0,500}>\s{0,9}</div\s*>", re.IGNORECASE
)
_ID = re.compile(r"\bid\s*=\s*[\"']?([\w-]{1,100})", re.IGNORECASE)
_TELLTALE = re.compile(r"<iframe|<center|<div|<hr|%%\[|@\[|\\|!\[", re.IGNORECASE)
# Hashnode read Markdown right behind or below such a tag; CommonMark does after an empty line only.
_INSIDE = re.compile(
    r"^(<(center|div)\b[^<>\n]{0,300}>)[ \t]{0,9}\n?[ \t]{0,9}"
    r"(!?\[[^\n]{1,5000}?)[ \t]{0,9}\n?[ \t]{0,9}(</\2>)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# So it did in the line below a rule.
_BELOW = re.compile(r"(^<hr[ \t]{0,9}/?>[ \t]{0,9}\n)(?=[^\s<])", re.IGNORECASE | re.MULTILINE)
_WIDGET = re.compile(r"%%\[([^\]\n]{1,200})\]")
_MENTION = re.compile(r"@\[([^\[\]\n]{1,100})\]\((@[\w-]{1,60}|user:\w{1,60})\)")
_PLAYERS = (
    (r"(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,20}).*", r"www.youtube.com/watch?v=\1"),
    (r"player\.vimeo\.com/video/(\d+).*", r"vimeo.com/\1"),
    (r"codesandbox\.io/embed/([\w-]+).*", r"codesandbox.io/s/\1"),
    (r"codepen\.io/([\w-]+)/embed/(?:preview/)?([\w-]+).*", r"codepen.io/\1/pen/\2"),
    (r"open\.spotify\.com/embed/(.+)", r"open.spotify.com/\1"),
    (r"www\.loom\.com/embed/(\w+).*", r"www.loom.com/share/\1"),
)


def convert(text: str, notes: list[Note]) -> str:
    """Return the body as it is kept: frames become `%[address]`, mentions links."""
    if not _TELLTALE.search(text):
        return text

    def frame(match: re.Match[str]) -> str:
        return _frame(match, notes)

    def holder(match: re.Match[str]) -> str:
        name = _ID.search(match[0])
        return f"%%[{name[1]}]" if name else match[0]

    def mention(match: re.Match[str]) -> str:
        name, person = match.groups()
        if person.startswith("@"):
            return f"[@{name}](https://hashnode.com/{person})"
        notes.append(Note("mention, now a name without a link", name))
        return match[0]

    def rewrite(part: str) -> str:
        part = _BELOW.sub(r"\1\n", _INSIDE.sub(r"\1\n\n\3\n\n\4", part))
        part = _HOLDER.sub(holder, _IFRAME.sub(frame, _MENTION.sub(mention, part)))
        part = links.convert(part)
        notes.extend(
            Note("widget, whose content is not in the backup", widget[1])
            for widget in _WIDGET.finditer(part)
        )
        return part

    return prose.rewritten(text, rewrite)


def _frame(match: re.Match[str], notes: list[Note]) -> str:
    found = _SRC.search(match[1])
    address = html.unescape(next(filter(None, found.groups()), "")).strip() if found else ""
    if address.startswith("//"):
        address = f"https:{address}"
    if not re.fullmatch(r"https?://[^\s<>\[\]]+", address):
        return match[0]
    known = _page_of(address)
    if not known:
        notes.append(Note("frame, now a link to what it showed", address[:200]))
    return f"\n\n%[{known or address}]\n\n"


def _page_of(address: str) -> str:
    """Return the page that a known player's frame belongs to; empty for any other."""
    scheme, _, rest = address.partition("://")
    for player, page in _PLAYERS:
        if re.fullmatch(player, rest):
            return f"{scheme}://{re.sub(player, page, rest)}"
    parts = urlsplit(address)
    if parts.hostname == "w.soundcloud.com":
        return next(iter(parse_qs(parts.query).get("url", [])), "")
    return ""
