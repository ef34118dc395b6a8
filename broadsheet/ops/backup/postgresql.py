"""PostgreSQL's client programs: `pg_dump`, `pg_restore` and `psql`."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from broadsheet.ops.backup import BackupError

#: Schema of the tables that a restore has replaced.
REPLACED = "broadsheet_replaced"
_DEBIAN = Path("/usr/lib/postgresql")


def program(name: str) -> str:
    """Return the path of the newest version of PostgreSQL's program `name`. Raises BackupError."""
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda folder: -float(folder.parent.name))
    search_path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    path = shutil.which(name, path=search_path)
    if path is None:
        raise BackupError(f"{name} is missing. Install the PostgreSQL client (postgresql-client).")
    return path


def command_with_connection(
    name: str, *arguments: str, settings: dict[str, Any] | None = None
) -> tuple[list[str], dict[str, str]]:
    """Return the command line of program `name` and its environment, which has the password.

    It connects to the site's database, or to the one in Django's `settings`.
    """
    settings = settings or connection.settings_dict
    args, variables = DatabaseClient.settings_to_cmd_args_env(settings, [])
    options = args[1:-1]  # the last one is the database
    variables = {**os.environ, **(variables or {})}
    if attributes := settings.get("OPTIONS", {}).get("target_session_attrs"):  # Django ignores it
        variables["PGTARGETSESSIONATTRS"] = attributes
    return [
        program(name),
        *options,
        "--no-password",
        f"--dbname={settings['NAME']}",
        *arguments,
    ], variables


def dump(
    file: Path,
    snapshot: str = "",
    settings: dict[str, Any] | None = None,
    without: Iterable[str] = (),
) -> None:
    """Dump the database into `file`, as of an exported `snapshot` or now.

    Rows of the tables `without` are left out. Not compressed, because the archive is.
    """
    command, variables = command_with_connection(
        "pg_dump",
        "--format=custom",
        "--compress=0",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        f"--exclude-schema={REPLACED}",
        *(f"--exclude-table-data={table}" for table in sorted(without)),
        *([f"--snapshot={snapshot}"] if snapshot else []),
        f"--file={file}",
        settings=settings,
    )
    result = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise BackupError(f"pg_dump failed: {last_line(result.stderr)}")


def last_line(output: str) -> str:
    """Return the last line of a program's output that is not empty."""
    return ([line for line in output.splitlines() if line.strip()] or ["no error message"])[-1]


def tables(ask: Callable[[str], list[tuple[Any, ...]]]) -> list[str]:
    """Return the names of all tables."""
    rows = ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [str(name) for (name,) in rows]
