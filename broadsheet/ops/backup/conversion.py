"""Converting an archive's database to the other engine, through an empty PostgreSQL database."""

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

from broadsheet.ops.backup import BackupError, postgresql
from broadsheet.ops.backup.create import Say
from broadsheet.ops.backup.extract import DATABASES, ExtractedArchive
from broadsheet.ops.database import CopyError, subprocess_commands
from broadsheet.ops.database.copy import copy_database


def convert(extracted: ExtractedArchive, through: str, say: Say) -> ExtractedArchive:
    """Return `extracted` with its database in this site's engine. Raises BackupError.

    `through` is the URL of an empty PostgreSQL database; a copy stays in it.
    """
    if not through.startswith(("postgres://", "postgresql://")):
        raise BackupError(
            f"The archive is from {extracted.manifest['engine']}, but DATABASE_URL is "
            f"{connection.vendor}. Provide an empty database for the conversion: --through "
            "postgresql://…"
        )
    settings = environ.Env.db_url_config(through)
    settings.setdefault("OPTIONS", {})
    with _separate_data_folder(extracted.folder / "conversion"):
        try:
            if connection.vendor == "postgresql":
                rows = _to_postgresql(extracted, through, settings, say)
            else:
                rows = _to_sqlite(extracted, through, settings, say)
        except (CopyError, psycopg.Error) as error:
            raise BackupError(
                f"The archive cannot be converted: {' '.join(str(error).split())}"
            ) from error
    manifest = {**extracted.manifest, "engine": connection.vendor}
    return replace(extracted, manifest=manifest, rows=rows)


def _to_postgresql(
    extracted: ExtractedArchive, through: str, settings: dict[str, Any], say: Say
) -> dict[str, int]:
    source = f"sqlite:///{extracted.database}"
    subprocess_commands.run(source, "migrate", "--verbosity=0")
    copy_database(source, through, say)
    postgresql.dump(extracted.folder / DATABASES["postgresql"], settings=settings)
    return _count(through)


def _to_sqlite(
    extracted: ExtractedArchive, through: str, settings: dict[str, Any], say: Say
) -> dict[str, int]:
    command, variables = postgresql.command_with_connection(
        "pg_restore", "--no-owner", "--exit-on-error", str(extracted.database), settings=settings
    )
    result = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise BackupError(f"The dump cannot be restored: {postgresql.last_line(result.stderr)}")
    if _count(through) != extracted.rows:
        raise BackupError(
            "The database in the archive does not have the row counts recorded in the archive."
        )
    subprocess_commands.run(through, "migrate", "--verbosity=0")
    copy_database(through, f"sqlite:///{extracted.folder / DATABASES['sqlite']}", say)
    return {}


def _count(database_url: str) -> dict[str, int]:
    with psycopg.connect(database_url) as database:

        def ask(sql: str) -> list[tuple[Any, ...]]:
            return database.execute(sql.encode()).fetchall()

        tables = postgresql.tables(ask)
        return {t: int(ask(f'SELECT count(*) FROM "{t}"')[0][0]) for t in tables}  # noqa: S608


@contextmanager
def _separate_data_folder(folder: Path) -> Iterator[None]:
    """Give commands a separate data folder, because the site's is locked."""
    before = os.environ.get("BROADSHEET_DATA")
    os.environ["BROADSHEET_DATA"] = str(folder)
    try:
        yield
    finally:
        del os.environ["BROADSHEET_DATA"]
        if before is not None:
            os.environ["BROADSHEET_DATA"] = before
