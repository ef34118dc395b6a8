"""Front matter in YAML or TOML: split a file into front matter and text, and join them.

`split` reads exactly what `join` wrote.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import yaml

_HEAD = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)^\1[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LONGEST = 200_000
# Characters that JSON allows in strings but YAML only escaped.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_NULL = "tag:yaml.org,2002:null"


class _Loader(yaml.CSafeLoader):
    """Loads scalars as strings: a title can be `1.10`, `12:30` or `Yes`."""

    yaml_implicit_resolvers = {
        start: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
        for start, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _text(_loader: _Loader, node: yaml.ScalarNode) -> str:
    # The last line break of a block scalar (`|`, `>`) is part of its syntax.
    return node.value.rstrip("\n") if node.style in {"|", ">"} else str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:str", _text)


def join(head: Mapping[str, object], content: str) -> str:
    """Return a file with this front matter and text. Values are JSON, a subset of YAML 1.2."""
    lines = "".join(f"{key}: {_json(value)}\n" for key, value in head.items())
    return f"---\n{lines}---\n\n{content}\n"


def _json(value: object) -> str:
    return _UNPRINTABLE.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False)
    )


def split(text: str) -> tuple[dict[Any, Any] | None, str]:
    """Return the front matter, None without one, and the text. Raises ValueError if it is invalid.

    YAML scalars are strings, TOML scalars have their types. Values can be nested, even endlessly
    (YAML aliases), so use only strings and lists of strings from them. If the front matter has
    line endings of Windows or classic Mac OS, the file is read as if they were Unix's.
    """
    text = _with_unix_line_ends(text)
    match = _HEAD.match(text)
    if match is None:
        return None, text
    if len(match[2]) > _LONGEST:
        raise ValueError("has front matter that is too long")
    head = _yaml(match[2]) if match[1] == "---" else _toml(match[2])
    if not isinstance(head, dict):
        return None, text
    return head, text[match.end() :].removeprefix("\n").removesuffix("\n")


def _with_unix_line_ends(text: str) -> str:
    """Convert the line endings of `text` to Unix, if its first line has others."""
    first = re.match(r"(?:---|\+\+\+)[ \t]*(\r\n?)", text)
    return text.replace(first[1], "\n") if first else text


def _yaml(text: str) -> object:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a CSafeLoader
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
        TypeError,
        LookupError,
        AttributeError,
        OverflowError,
    ) as error:
        raise ValueError(
            f"has invalid YAML front matter: {' '.join(str(error).split())}"
        ) from error


def _toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"has invalid TOML front matter: {error}") from error
