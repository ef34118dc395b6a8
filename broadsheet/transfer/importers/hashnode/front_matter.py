"""Front matter of Hashnode's backups. It resembles YAML, but inner quotes are not escaped."""

import re
from itertools import islice

from broadsheet.transfer import visibility

KEYS = frozenset(
    "title seoTitle seoDescription datePublished dateUpdated cuid slug canonical cover ogImage tags"
    " series subtitle ignorePost saveAsDraft disableComments enableToc domain publishAs"
    " hideFromHashnodeCommunity coverAlt".split()
)
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]*):(?:[ \t]+(.*)|[ \t]*)")
# Keys as Hashnode does not write them, but people and other programs do: in quotes, indented, with
# a space before the colon, or as TOML.
_LOOSE_KEY = re.compile(r"""\s*+["']?([A-Za-z][A-Za-z0-9_-]*+)["']?[ \t]*+[:=][ \t]*+(.*)""")
_FENCE = re.compile(r"(?:-{3,}|\+{3,}|~{3,}|`{3,}|;{3,}|\{)")
_INVISIBLE = " \t\n\u00a0\u200b\u200c\u200d\u2060\ufeff"
_MAX_LENGTH = 10_000
_MAX_LINES = 100

type Value = str | list[str]


def split(text: str) -> tuple[dict[str, Value] | None, str]:
    """Return the front matter's values by key, None without front matter, and the text below it."""
    lines = text.lstrip("\n\ufeff").split("\n")
    if lines[0].rstrip() != "---":
        return None, text
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return read(lines[1:number]), "\n".join(lines[number + 1 :])
    # Unclosed: the front matter ends where lines no longer look like it.
    end = next(
        (n for n, line in enumerate(lines[1:], start=1) if not _KEY.fullmatch(line)), len(lines)
    )
    if end == 1:
        return None, text
    return read(lines[1:end]), "\n".join(lines[end:])


def read(lines: list[str]) -> dict[str, Value]:
    """Return the values by key. A line without a key continues the value before it."""
    raw: dict[str, list[str]] = {}
    key = ""
    for line in lines:
        match = _KEY.fullmatch(line)
        if match and (match[1] in KEYS or not key or not _is_open(raw[key])):
            key = match[1]
            raw[key] = [match[2] or ""]
        elif (name := _loose_visibility_key(line)) and name not in raw:
            raw[name] = [_loose_value(line)]
        elif key:
            raw[key].append(line.strip())
    return {key: _value(parts) for key, parts in raw.items()}


def withholds(text: str) -> bool:
    """Return whether a text without readable front matter begins with one that withholds it."""
    start = _skip_comments(text[:_MAX_LENGTH])
    if not _FENCE.match(start):
        return False
    lines = islice(start.split("\n"), 1, _MAX_LINES)
    return any(
        visibility.withholding_key({name: _loose_value(line)})
        for line in lines
        if (name := _loose_visibility_key(line))
    )


def _skip_comments(text: str) -> str:
    """Return `text` without comments and invisible characters at its beginning."""
    text = text.lstrip(_INVISIBLE)
    while text.startswith("<!--"):
        text = text.partition("-->")[2].lstrip(_INVISIBLE)
    return text


def _loose_visibility_key(line: str) -> str:
    """Return the visibility key that a line sets in any notation; empty without one."""
    match = _LOOSE_KEY.fullmatch(line)
    return match[1] if match and visibility.is_visibility_key(match[1]) else ""


def _loose_value(line: str) -> str:
    match = _LOOSE_KEY.fullmatch(line)
    return _unquote(match[2].strip().rstrip(",").strip()) if match else ""


def _is_open(parts: list[str]) -> bool:
    """Return whether a value begins with a quote that is still open."""
    text = "\n".join(parts).strip()
    return text.startswith('"') and (len(text) == 1 or not text.endswith('"'))


def _value(parts: list[str]) -> Value:
    if not parts[0].strip() and any(part.startswith("- ") for part in parts[1:]):
        return [_unquote(part[2:].strip()) for part in parts[1:] if part.startswith("- ")]
    if parts[0].strip() in {"|", ">", "|-", ">-"}:
        parts = parts[1:]
    text = " ".join(part.strip() for part in parts if part.strip())
    if text.startswith("[") and text.endswith("]"):
        return [_unquote(part.strip()) for part in text[1:-1].split(",") if part.strip()]
    return _unquote(text)


def _unquote(text: str) -> str:
    """Remove the outer quotes; inner ones belong to the text, escaped or not."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('\\"', '"')
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text
