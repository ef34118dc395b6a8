"""Verifying an archive: a trial restore that compares row counts and rendered pages."""

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

from broadsheet.conf import services
from broadsheet.ops.backup import BackupError, create, extract, postgresql, restore
from broadsheet.ops.backup.encryption import Identity
from broadsheet.ops.backup.storages import BackupStorage
from broadsheet.pagecache.models import Change

_SCRIPT = """
import sys, django
django.setup()
from broadsheet.ops.backup import page_digests
page_digests.main(sys.argv[1:])
"""


def verify(storage: BackupStorage, name: str, identities: list[Identity]) -> int | None:
    """Restore the archive `name` into a scratch folder; return how many pages were equal.

    Return None if the role may not create a database to load the dump; everything else was
    checked. Raises BackupError if the archive is not usable.
    """
    try:
        with create.scratch_folder() as scratch:
            folder = scratch / "data"
            folder.mkdir(mode=0o700)
            with storage.open(name) as archive:
                extracted = extract.extract_archive(archive, identities, folder)
            restore.check_archive(extracted)
            (folder / "static").symlink_to(settings.STATIC_ROOT)
            if connection.vendor == "sqlite":
                return _compare(folder, f"sqlite:///{extracted.database}")
            with _temporary_database(extracted.database, extracted.rows) as database_url:
                return _compare(folder, database_url)
    except ProgrammingError:  # the role may not create databases
        return None
    except OSError as error:
        raise BackupError(f"The disk failed: {error.strerror or error}.") from error


def _compare(folder: Path, database_url: str) -> int:
    """Render pages of both sites. Pages changed since the backup may differ and do not count."""
    restored = _render(folder, database_url, [])
    last_change = restored.pop("")
    if not restored:
        return 0
    current = _render(settings.DATA, settings.ENV[services.DATABASE_URL], list(restored))
    different = sorted(path for path in restored if restored[path] != current[path])
    if different and not Change.objects.filter(id__gt=last_change).exists():
        raise BackupError(f"The restored site renders {different[0]} differently from this one.")
    return len(restored) - len(different)


def _render(data: Path, database_url: str, paths: list[str]) -> dict[str, Any]:
    """Render pages in a separate process, because a process has one database and one theme."""
    variables = {k: v for k, v in os.environ.items() if k != "DATABASE_URL_FILE"}
    variables |= {"BROADSHEET_DATA": str(data), "DATABASE_URL": database_url}
    variables["DJANGO_SETTINGS_MODULE"] = "broadsheet.settings"
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _SCRIPT, *paths],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise BackupError(
            f"The restored site cannot render pages: {postgresql.last_line(result.stderr)}"
        )
    digests: dict[str, Any] = json.loads(result.stdout)
    return digests


@contextmanager
def _temporary_database(dump: Path, rows: dict[str, int]) -> Iterator[str]:
    """Load `dump` into a temporary database, and yield its URL."""
    name = f"{connection.settings_dict['NAME']}_proof"
    database = {**connection.settings_dict, "NAME": name}
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")
        cursor.execute(f"CREATE DATABASE {quoted}")
    try:
        command, variables = postgresql.command_with_connection(
            "pg_restore", "--no-owner", "--exit-on-error", str(dump), settings=database
        )
        result = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode:
            raise BackupError(f"The dump cannot be restored: {postgresql.last_line(result.stderr)}")
        _check_counts(name, rows)
        parts = urlsplit(settings.ENV[services.DATABASE_URL])
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")


def _check_counts(name: str, rows: dict[str, int]) -> None:
    temporary = connection.copy()
    temporary.settings_dict["NAME"] = name
    try:
        with temporary.cursor() as cursor:
            for table, count in rows.items():
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
                if cursor.fetchone()[0] != count:
                    raise BackupError(f"The dump does not have the {count} rows that {table} had.")
    finally:
        temporary.close()
