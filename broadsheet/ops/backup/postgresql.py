"""PostgreSQL's own programs: `pg_dump`, `pg_restore` and `psql`, with the site's connection."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from broadsheet.ops.backup.errors import BackupError

#: The schema in which a restore keeps what it replaced.
REPLACED = "broadsheet_replaced"
_DEBIAN = Path("/usr/lib/postgresql")


def program(name: str) -> str:
    """Return where PostgreSQL's program `name` is: the newest one. Raises BackupError."""
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda place: -float(place.parent.name))
    places = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    found = shutil.which(name, path=places)
    if found is None:
        raise BackupError(f"{name} is missing: install PostgreSQL's client (postgresql-client).")
    return found


def connecting(
    name: str, *arguments: str, settings: dict[str, Any] | None = None
) -> tuple[list[str], dict[str, str]]:
    """Return the program `name` as a command that connects, and its environment, with passwords.

    It connects to the site's database, or to the one with Django's `settings`.
    """
    settings = settings or connection.settings_dict
    args, variables = DatabaseClient.settings_to_cmd_args_env(settings, [])
    named = args[1:-1]  # the last one is the database
    variables = {**os.environ, **(variables or {})}
    if wanted := settings.get("OPTIONS", {}).get("target_session_attrs"):  # Django passes it over
        variables["PGTARGETSESSIONATTRS"] = wanted
    return [
        program(name),
        *named,
        "--no-password",
        f"--dbname={settings['NAME']}",
        *arguments,
    ], variables


def dump(
    file: Path,
    moment: str = "",
    settings: dict[str, Any] | None = None,
    without: Iterable[str] = (),
) -> None:
    """Write the database into `file` as it was at `moment`, an exported snapshot's name, or now.

    Of the tables `without` there are no rows in it. It is not compressed, since the archive is.
    """
    command, variables = connecting(
        "pg_dump",
        "--format=custom",
        "--compress=0",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        f"--exclude-schema={REPLACED}",
        *(f"--exclude-table-data={table}" for table in sorted(without)),
        *([f"--snapshot={moment}"] if moment else []),
        f"--file={file}",
        settings=settings,
    )
    told = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode:
        raise BackupError(f"pg_dump failed: {last_line(told.stderr)}")


def last_line(said: str) -> str:
    """Return the last line of what a program `said`."""
    return ([line for line in said.splitlines() if line.strip()] or ["it said nothing"])[-1]


def tables(ask: Callable[[str], list[tuple[Any, ...]]]) -> list[str]:
    """Return the names of the tables that hold rows of their own."""
    found = ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [str(name) for (name,) in found]
