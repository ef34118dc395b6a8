"""Secret-key files: the current key and its predecessors.

The first line is the current key. Each further line is an old key and the time of its replacement.
"""

import datetime as dt
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO


def read_key(path: Path) -> str:
    """Return the key in the file `path`, or nothing if there is no such file. Raises OSError."""
    return _current(path.read_text(encoding="ascii")) if path.is_file() else ""


def current_key(path: Path) -> str:
    """Return the key in the file `path`, which the first call creates, readable by its owner only.

    If several processes start at once, one creates the key and the others wait. Raises OSError.
    """
    if text := read_key(path):
        return text
    with _locked(path) as file:
        text = _current(file.read())
        if not text:
            text = secrets.token_urlsafe(64)
            _replace(path, text)
        return text


def fallback_keys(path: Path, *, since: dt.datetime) -> list[str]:
    """Return the keys that were replaced after `since`, latest first. Raises OSError."""
    if not path.is_file():
        return []
    return [key for key, at in _old_keys(path.read_text(encoding="ascii")) if at > since]


def rotate(path: Path, *, at: dt.datetime, since: dt.datetime) -> None:
    """Replace the key in `path` by a new one; drop keys that were replaced before `since`.

    If interrupted, the file has the old or the new content. Raises OSError.
    """
    with _locked(path) as file:
        text = file.read()
        old_keys = [(key, then) for key, then in _old_keys(text) if then > since]
        if current := _current(text):
            old_keys.insert(0, (current, at))
        lines = [
            secrets.token_urlsafe(64),
            *(f"{key} {then.isoformat()}" for key, then in old_keys),
        ]
        _replace(path, "\n".join(lines))


def _replace(path: Path, text: str) -> None:
    """Replace a file atomically: a full disk could store only a part of a key."""
    new = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


@contextmanager
def _locked(path: Path) -> Iterator[TextIO]:
    """Lock the file at `path`; another process can replace the file in the meantime."""
    while True:
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(number, "r+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(os.fstat(number), path.stat()):
                yield file
                return


def _current(text: str) -> str:
    return text.partition("\n")[0].strip()


def _old_keys(text: str) -> Iterator[tuple[str, dt.datetime]]:
    for line in text.splitlines()[1:]:
        key, _space, at = line.partition(" ")
        if key and at:
            yield key, dt.datetime.fromisoformat(at)
