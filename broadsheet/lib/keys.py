"""Secrets that are made once and kept in a file, with those that they replaced.

The first line is the secret in force; each further one is an old one and when it was replaced.
"""

import datetime as dt
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO


def kept(path: Path) -> str:
    """Return the secret in the file `path`, made on the first call, readable by its owner only.

    Of several processes that start at once, one makes it and the others wait. Raises OSError.
    """
    if path.is_file() and (text := _first(path.read_text(encoding="ascii"))):
        return text
    with _locked(path) as file:
        text = _first(file.read())
        if not text:
            text = secrets.token_urlsafe(64)
            _replace(path, text)
        return text


def replaced(path: Path, *, since: dt.datetime) -> list[str]:
    """Return the secrets that were replaced after `since`, the latest first. Raises OSError."""
    if not path.is_file():
        return []
    return [key for key, at in _old(path.read_text(encoding="ascii")) if at > since]


def rotate(path: Path, *, at: dt.datetime, since: dt.datetime) -> None:
    """Put a new secret in the place of the one in `path`; forget those replaced before `since`.

    Whatever interrupts it, the file is the old or the new one. Raises OSError.
    """
    with _locked(path) as file:
        text = file.read()
        before = [(key, then) for key, then in _old(text) if then > since]
        if current := _first(text):
            before.insert(0, (current, at))
        lines = [secrets.token_urlsafe(64), *(f"{key} {then.isoformat()}" for key, then in before)]
        _replace(path, "\n".join(lines))


def _replace(path: Path, text: str) -> None:
    """Put a file with `text` in the place of another: a disk may take only a part of a secret."""
    new = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


@contextmanager
def _locked(path: Path) -> Iterator[TextIO]:
    """Hold the lock on the file that lies there: another one may take its place meanwhile."""
    while True:
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(number, "r+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(os.fstat(number), path.stat()):
                yield file
                return


def _first(text: str) -> str:
    return text.partition("\n")[0].strip()


def _old(text: str) -> Iterator[tuple[str, dt.datetime]]:
    for line in text.splitlines()[1:]:
        key, _space, at = line.partition(" ")
        if key and at:
            yield key, dt.datetime.fromisoformat(at)
