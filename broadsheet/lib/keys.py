"""Secrets that are made once and kept in a file."""

import fcntl
import os
import secrets
from pathlib import Path


def kept(path: Path) -> str:
    """Return the secret in the file `path`, made on the first call, readable by its owner only.

    Of several processes that start at once, one makes it and the others wait. Raises OSError.
    """
    if path.is_file() and (text := path.read_text(encoding="ascii").strip()):
        return text
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read().strip()
        if not text:
            text = secrets.token_urlsafe(64)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return text
