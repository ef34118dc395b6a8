"""An archive's database in the other engine, by way of an empty PostgreSQL database."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import environ
import psycopg
from django.db import connection

from broadsheet.ops.backup import postgresql
from broadsheet.ops.backup.create import Say
from broadsheet.ops.backup.errors import BackupError
from broadsheet.ops.backup.extract import DATABASES, Unpacked
from broadsheet.ops.database import target_commands
from broadsheet.ops.database.copy import copy_database
from broadsheet.ops.database.errors import CopyError


def converted(unpacked: Unpacked, through: str, say: Say) -> Unpacked:
    """Return `unpacked` with its database in this site's engine. Raises BackupError.

    `through` is the address of an empty PostgreSQL database, in which it stays behind.
    """
    if not through.startswith(("postgres://", "postgresql://")):
        raise BackupError(
            f"The archive is of {unpacked.manifest['engine']}, and DATABASE_URL names "
            f"{connection.vendor}: name an empty database for the way, --through postgresql://…"
        )
    settings = environ.Env.db_url_config(through)
    settings.setdefault("OPTIONS", {})
    with _elsewhere(unpacked.folder / "meanwhile"):
        try:
            if connection.vendor == "postgresql":
                rows = _to_postgresql(unpacked, through, settings, say)
            else:
                rows = _to_sqlite(unpacked, through, settings, say)
        except (CopyError, psycopg.Error) as error:
            raise BackupError(f"It cannot be moved: {' '.join(str(error).split())}") from error
    manifest = {**unpacked.manifest, "engine": connection.vendor}
    return replace(unpacked, manifest=manifest, rows=rows)


def _to_postgresql(
    unpacked: Unpacked, through: str, settings: dict[str, Any], say: Say
) -> dict[str, int]:
    source = f"sqlite:///{unpacked.database}"
    target_commands.run(source, "migrate", "--verbosity=0")
    copy_database(source, through, say)
    postgresql.dump(unpacked.folder / DATABASES["postgresql"], settings=settings)
    return _count(through)


def _to_sqlite(
    unpacked: Unpacked, through: str, settings: dict[str, Any], say: Say
) -> dict[str, int]:
    command, variables = postgresql.connecting(
        "pg_restore", "--no-owner", "--exit-on-error", str(unpacked.database), settings=settings
    )
    told = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode:
        raise BackupError(f"The dump cannot be loaded: {postgresql.last_line(told.stderr)}")
    if _count(through) != unpacked.rows:
        raise BackupError("The archive's database is not what was counted when it was made.")
    target_commands.run(through, "migrate", "--verbosity=0")
    copy_database(through, f"sqlite:///{unpacked.folder / DATABASES['sqlite']}", say)
    return {}


def _count(address: str) -> dict[str, int]:
    with psycopg.connect(address) as database:

        def ask(sql: str) -> list[tuple[Any, ...]]:
            return database.execute(sql.encode()).fetchall()

        tables = postgresql.tables(ask)
        return {t: int(ask(f'SELECT count(*) FROM "{t}"')[0][0]) for t in tables}  # noqa: S608


@contextmanager
def _elsewhere(folder: Path) -> Iterator[None]:
    """Let commands have a data folder of their own, for the site's is locked."""
    before = os.environ.get("BROADSHEET_DATA")
    os.environ["BROADSHEET_DATA"] = str(folder)
    try:
        yield
    finally:
        del os.environ["BROADSHEET_DATA"]
        if before is not None:
            os.environ["BROADSHEET_DATA"] = before
