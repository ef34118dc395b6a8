"""System checks, in addition to Django's."""

import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper

from broadsheet.conf import services

#: Parts of the data folder that a web server reads.
_PUBLIC = {"static", "media"}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


#: Tag of the checks for conflicting settings; a server does not start with a conflict.
SETTINGS_TAG = "broadsheet_settings"


def setup() -> None:
    """Register the checks, and prevent Django's check of SQLite from waiting for a lock."""
    register(_check_settings, SETTINGS_TAG)
    register(_check_permissions, Tags.security, deploy=True)
    # Django checks in a transaction, which here waits for other writers; a timeout would count as
    # missing JSON support (E180).
    has_json = cached_property(lambda _features: _supports_json())
    features = DatabaseWrapper.features_class
    has_json.__set_name__(features, "supports_json_field")
    features.supports_json_field = has_json  # type: ignore[assignment]


def _supports_json() -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("SELECT json('{}')")
        except sqlite3.OperationalError:
            return False
    return True


def _check_settings(**_kwargs: Any) -> Iterable[CheckMessage]:
    """Report conflicting settings."""
    is_sqlite = connection.vendor == "sqlite"
    replica = settings.REPLICA_URL
    if is_sqlite and settings.ENV[services.DATABASE_REPLICA_URL]:
        yield _error(
            1,
            "DATABASE_REPLICA_URL: replicas need PostgreSQL, but DATABASE_URL is SQLite.",
            "DATABASE_REPLICA_URL=",
        )
    if replica and not is_sqlite:
        yield _error(
            2,
            "BROADSHEET_REPLICA_URL: works with SQLite only, but DATABASE_URL is PostgreSQL, which "
            "has its own replication.",
            "BROADSHEET_REPLICA_URL=",
        )
    is_folder = replica and not replica.startswith("s3://")
    if is_folder and Path(replica).absolute().is_relative_to(settings.DATA):
        yield _error(
            3,
            f"BROADSHEET_REPLICA_URL: {replica} is inside the data folder and would be lost with "
            "it.",
            "BROADSHEET_REPLICA_URL=/mnt/other-disk/replica",
        )
    if settings.TRACES_URL and find_spec("opentelemetry") is None:
        yield _error(
            4,
            "OTEL_EXPORTER_OTLP_ENDPOINT: needs `pip install opentelemetry-sdk "
            "opentelemetry-exporter-otlp-proto-http`.",
            "OTEL_EXPORTER_OTLP_ENDPOINT=",
        )


def _error(number: int, message: str, example: str) -> CheckMessage:
    return Error(message, hint=f"For example: {example}", id=f"broadsheet.E00{number}")


def _check_permissions(**_kwargs: Any) -> list[CheckMessage]:
    """Warn if other users can read the data folder.

    They may traverse it, as nginx does, if everything private in it is closed to them.
    """
    if not settings.DATA.is_dir():
        return []
    mode, names = settings.DATA.stat().st_mode, " ".join(sorted(_open_to_others()))
    if not mode & _OTHERS:
        return []
    if mode & ~(stat.S_IXGRP | stat.S_IXOTH) & _OTHERS:
        action, hint, number = "access the data folder", f"chmod 710 {settings.DATA}", 1
    elif names:
        action, hint, number = f"read {names}", f"cd {settings.DATA} && chmod -R go= {names}", 2
    else:
        return []
    return [
        CheckWarning(
            f"Other users of this machine can {action}.", hint=hint, id=f"broadsheet.W00{number}"
        )
    ]


def _open_to_others() -> Iterator[str]:
    for entry in os.scandir(settings.DATA):
        is_open = entry.stat(follow_symlinks=False).st_mode & _OTHERS
        if entry.name not in _PUBLIC and is_open and not entry.is_symlink():
            yield entry.name
