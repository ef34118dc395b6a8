"""Restoring the database from the replica; the current one is retained for a rollback."""

import datetime as dt
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from broadsheet.ops.backup import BackupError, data_lock, journal
from broadsheet.ops.backup.create import Say
from broadsheet.ops.backup.restore import (
    check_can_restore,
    check_migrations,
    finish,
    reset_cdn_position,
)
from broadsheet.ops.litestream import program


def restore(at: str, say: Say) -> None:
    """Replace the database with the replica's, as of the time `at` or, if empty, the latest state.

    Changes nothing before everything is checked. Killed at any moment, it leaves the old database,
    or the new one for the process that starts next to complete. Raises BackupError.
    """
    if not settings.REPLICA_URL:
        raise BackupError(
            "BROADSHEET_REPLICA_URL is not set. Set it to the location of the replica."
        )
    timestamp = ["-timestamp", _parse_time(at)] if at else []
    with data_lock.exclusive():
        check_can_restore()
        say(f"Downloading the database from {settings.REPLICA_URL} and checking it …")
        shutil.rmtree(journal.NEW, ignore_errors=True)
        journal.NEW.mkdir(mode=0o700, parents=True)
        try:
            _fetch(journal.NEW / "database.sqlite3", timestamp)
        except BaseException:
            shutil.rmtree(journal.NEW, ignore_errors=True)
            raise
        (journal.NEW / journal.DATABASE_ONLY).touch()
        connection.close()
        journal.begin(source=journal.NEW)
        finish(say)


def _parse_time(at: str) -> str:
    """Return the time in Litestream's format: RFC 3339 in UTC."""
    try:
        time = parse_datetime(at)
    except ValueError:
        time = None
    if time is None:
        raise BackupError(f"{at!r} is not a time. For example: --at 2026-11-21T20:30:00Z")
    aware = time if timezone.is_aware(time) else timezone.make_aware(time)
    return aware.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _fetch(file: Path, timestamp: list[str]) -> None:
    """Fetch the database into `file`, which needs as much space again. Raises BackupError."""
    settings.RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
    arguments = ["-no-expand-env", "-config", str(program.write_config()), "-o", str(file)]
    options = ["-integrity-check", "full", *timestamp]
    program.run("restore", *arguments, *options, str(program.database_path()))
    with closing(sqlite3.connect(file)) as database:
        try:
            applied = database.execute("SELECT app, name FROM django_migrations").fetchall()
            check_migrations(applied, "The replica is from a later version")
            reset_cdn_position(database)
        except sqlite3.Error as error:
            raise BackupError(f"The replica's database cannot be used: {error}.") from error
