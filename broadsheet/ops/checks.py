"""What `broadsheet check` looks for besides Django's own checks."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db.backends.sqlite3.base import DatabaseWrapper

#: What a web server reads in the data folder.
_SERVED = {"static", "media", "front"}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def begin() -> None:
    """Register the checks, and let Django's own check of SQLite wait for nobody."""
    register(_check_privacy, Tags.security, deploy=True)
    # Django asks in a transaction, which here takes its turn among those that write, and takes
    # having waited too long for a no (E180).
    has_json = cached_property(lambda _features: _has_json())
    features = DatabaseWrapper.features_class
    has_json.__set_name__(features, "supports_json_field")
    features.supports_json_field = has_json  # type: ignore[assignment]


def _has_json() -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("SELECT json('{}')")
        except sqlite3.OperationalError:
            return False
    return True


def _check_privacy(**_kwargs: Any) -> list[CheckMessage]:
    """Warn of a data folder that others may look into.

    They may pass through it, as nginx does, where all in it is closed but what nginx serves.
    """
    mode, names = settings.DATA.stat().st_mode, " ".join(sorted(_open_to_others()))
    if not mode & _OTHERS:
        return []
    if mode & ~(stat.S_IXGRP | stat.S_IXOTH) & _OTHERS:
        said, hint, number = "look into the data folder", f"chmod 710 {settings.DATA}", 1
    elif names:
        said, hint, number = f"read {names}", f"cd {settings.DATA} && chmod -R go= {names}", 2
    else:
        return []
    return [CheckWarning(f"Others can {said}.", hint=hint, id=f"broadsheet.W00{number}")]


def _open_to_others() -> Iterator[str]:
    for entry in os.scandir(settings.DATA):
        is_open = entry.stat(follow_symlinks=False).st_mode & _OTHERS
        if entry.name not in _SERVED and is_open and not entry.is_symlink():
            yield entry.name
