"""The proof that an archive is a backup: restored aside, counted, and pages of it compared."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import ProgrammingError, connection

from broadsheet.ops.backup import create, extract, postgresql, restore
from broadsheet.ops.backup.encryption import Identity
from broadsheet.ops.backup.errors import BackupError
from broadsheet.ops.backup.storages import Place
from broadsheet.pagecache.models import Change

_RENDER = """
import sys, django
django.setup()
from broadsheet.ops.backup import render_digests
render_digests.main(sys.argv[1:])
"""


def prove(place: Place, name: str, identities: list[Identity]) -> int | None:
    """Restore the archive `name` aside and compare it; return how many pages were equal.

    None where its database could not be loaded for want of a right; all else was checked. Raises
    BackupError if it is no backup.
    """
    with create.alone() as scratch:
        folder = scratch / "data"
        folder.mkdir(mode=0o700)
        with place.reading(name) as archive:
            unpacked = extract.unpack(archive, identities, folder)
        restore.check(unpacked)
        (folder / "static").symlink_to(settings.STATIC_ROOT)
        if connection.vendor == "sqlite":
            return _compare(folder, f"sqlite:///{unpacked.database}")
        try:
            with _loaded(unpacked.database, unpacked.rows) as address:
                return _compare(folder, address)
        except ProgrammingError:  # the role may make no databases
            return None


def _compare(folder: Path, address: str) -> int:
    """Render pages of both; those may differ that changed since, and are not counted."""
    there = _rendered(folder, address, [])
    seen = there.pop("")
    if not there:
        return 0
    here = _rendered(settings.DATA, settings.ENV["DATABASE_URL"].value, list(there))
    different = sorted(path for path in there if there[path] != here[path])
    if different and not Change.objects.filter(id__gt=seen).exists():
        raise BackupError(f"The restored site shows {different[0]} otherwise than this one.")
    return len(there) - len(different)


def _rendered(data: Path, address: str, paths: list[str]) -> dict[str, Any]:
    """Let a process of its own render them, for a process has one database and one theme."""
    variables = {k: v for k, v in os.environ.items() if k != "DATABASE_URL_FILE"}
    variables |= {"BROADSHEET_DATA": str(data), "DATABASE_URL": address}
    variables["DJANGO_SETTINGS_MODULE"] = "broadsheet.settings"
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _RENDER, *paths],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise BackupError(f"The restored site shows no pages: {postgresql.last_line(told.stderr)}")
    said: dict[str, Any] = json.loads(told.stdout)
    return said


@contextmanager
def _loaded(dump: Path, rows: dict[str, int]) -> Iterator[str]:
    """Load `dump` into a database of its own, and give its address."""
    name = f"{connection.settings_dict['NAME']}_proof"
    beside = {**connection.settings_dict, "NAME": name}
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")
        cursor.execute(f"CREATE DATABASE {quoted}")
    try:
        command, variables = postgresql.connecting(
            "pg_restore", "--no-owner", "--exit-on-error", str(dump), settings=beside
        )
        told = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
        if told.returncode:
            raise BackupError(f"The dump cannot be loaded: {postgresql.last_line(told.stderr)}")
        _count(name, rows)
        parts = urlsplit(settings.ENV["DATABASE_URL"].value)
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")


def _count(name: str, rows: dict[str, int]) -> None:
    other = connection.copy()
    other.settings_dict["NAME"] = name
    try:
        with other.cursor() as cursor:
            for table, count in rows.items():
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
                if cursor.fetchone()[0] != count:
                    raise BackupError(
                        f"The dump has not the {count} rows of {table} that were there."
                    )
    finally:
        other.close()
