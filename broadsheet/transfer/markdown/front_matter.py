"""A post's front matter, YAML or TOML, and a whole file of front matter and text.

What `join` writes is read back equal.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import yaml

_HEAD = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)^\1[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LONGEST = 200_000
# What JSON leaves as it is in a text and YAML takes escaped only.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_NULL = "tag:yaml.org,2002:null"


class _Loader(yaml.CSafeLoader):
    """Reads scalars as the texts they are written as: a title may be `1.10`, `12:30` or `Yes`."""

    yaml_implicit_resolvers = {
        start: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
        for start, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _text(_loader: _Loader, node: yaml.ScalarNode) -> str:
    # A block (`|`, `>`) ends with a line break that belongs to its form.
    return node.value.rstrip("\n") if node.style in {"|", ">"} else str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:str", _text)


def join(head: Mapping[str, object], content: str) -> str:
    """Return a file with this head and text. Values are JSON, which YAML 1.2 includes."""
    lines = "".join(f"{key}: {_json(value)}\n" for key, value in head.items())
    return f"---\n{lines}---\n\n{content}\n"


def _json(value: object) -> str:
    return _UNPRINTABLE.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False)
    )


def split(text: str) -> tuple[dict[Any, Any] | None, str]:
    """Return a file's head, None without one, and its text. Raises ValueError for a wrong head.

    Scalars of YAML come as texts, those of TOML with their types. The values may be any that YAML
    has, within each other and even endlessly (by aliases), so take no more than a text or a list
    of texts from them. A file whose head has the line ends of Windows or the old Macintosh is read
    as if it had those of Unix.
    """
    text = _with_unix_line_ends(text)
    match = _HEAD.match(text)
    if match is None:
        return None, text
    if len(match[2]) > _LONGEST:
        raise ValueError("has a head that is too long")
    head = _yaml(match[2]) if match[1] == "---" else _toml(match[2])
    if not isinstance(head, dict):
        return None, text
    return head, text[match.end() :].removeprefix("\n").removesuffix("\n")


def _with_unix_line_ends(text: str) -> str:
    """Return `text` as an editor on Unix would have saved it, if its first line ends otherwise."""
    first = re.match(r"(?:---|\+\+\+)[ \t]*(\r\n?)", text)
    return text.replace(first[1], "\n") if first else text


def _yaml(text: str) -> object:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a CSafeLoader
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise ValueError(f"has a head that is no YAML: {' '.join(str(error).split())}") from error


def _toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"has a head that is no TOML: {error}") from error
