"""A post's head as YAML, and a whole file of head and text. What is written is read back equal."""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

_HEAD = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LONGEST = 200_000
# What JSON leaves as it is in a text and YAML takes escaped only.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def join(head: Mapping[str, object], content: str) -> str:
    """Return a file with this head and text. Values are JSON, which YAML 1.2 includes."""
    lines = "".join(f"{key}: {_json(value)}\n" for key, value in head.items())
    return f"---\n{lines}---\n\n{content}\n"


def _json(value: object) -> str:
    return _UNPRINTABLE.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False)
    )


def split(text: str) -> tuple[dict[Any, Any] | None, str]:
    """Return a file's head, None without one, and its text. Raises ValueError for a wrong head.

    The values may be any that YAML has, within each other and even endlessly (by aliases), so
    nobody should take more than a text or a list of texts from them.
    """
    match = _HEAD.match(text)
    if match is None:
        return None, text
    if len(match[1]) > _LONGEST:
        raise ValueError("has a head that is too long")
    try:
        head = yaml.load(match[1], Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise ValueError(f"has a head that is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(head, dict):
        return None, text
    return head, text[match.end() :].removeprefix("\n").removesuffix("\n")
