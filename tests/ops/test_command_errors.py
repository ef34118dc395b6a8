"""Commands report database errors in one line with advice; other errors show a traceback."""

import shutil
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pytest

from tests.ops.processes import free_port, run
from tests.postgresql import NewDatabase

SLEEP = "connection.cursor().execute('SELECT pg_sleep(5)')"
LOCK = """
with connection.cursor() as cursor:
    cursor.execute("SET lock_timeout = '100ms'")
    cursor.execute("SELECT FROM held")
"""
DEADLOCK = """
with connection.cursor() as cursor:
    cursor.execute("DO $$ BEGIN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END $$")
"""
FILL = """
with connection.cursor() as cursor:
    cursor.execute("PRAGMA max_page_count = 1")
    cursor.execute("CREATE TABLE more (text)")
"""
MISSING = "connection.cursor().execute('SELECT 1 FROM missing')"


def shell(data: Path, code: str, **more: str) -> CompletedProcess[str]:
    code = f"from django.db import connection\n{code}"
    return run(data, "shell", "--no-imports", "-c", code, **more)


def line(result: CompletedProcess[str]) -> str:
    """Return the one line that a failed command prints."""
    assert result.returncode == 1, result.stdout
    assert result.stderr.count("\n") == 1, result.stderr
    [line] = result.stderr.splitlines()
    assert line.startswith("broadsheet: ")
    return line


@pytest.mark.slow
def test_missing_tables_are_reported_with_the_command_that_creates_them(tmp_path: Path) -> None:
    assert line(run(tmp_path / "data", "relate")) == (
        "broadsheet: The database is not set up or is from an earlier version. "
        "Run `broadsheet migrate`, then run the same command again. The data folder is "
        f"{tmp_path / 'data'}. If your site has another one, set BROADSHEET_DATA."
    )


@pytest.mark.slow
def test_an_unreachable_database_is_reported_with_its_setting(tmp_path: Path) -> None:
    url = f"postgresql://ann@127.0.0.1:{free_port()}/broadsheet"
    result = line(run(tmp_path / "data", "relate", DATABASE_URL=url))
    assert "DATABASE_URL" in result
    assert "onnection refused" in result


@pytest.mark.slow
def test_a_full_disk_is_reported(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared, tmp_path / "data")
    result = line(shell(tmp_path / "data", FILL))
    assert "The disk is full." in result
    assert result.endswith("The error was: database or disk is full")


@pytest.mark.slow
def test_postgresql_errors_are_reported_despite_pending_migrations(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    url, data = new_database(), tmp_path / "data"
    result = line(shell(data, SLEEP, DATABASE_URL=url, BROADSHEET_STATEMENT_SECONDS="1"))
    assert "BROADSHEET_STATEMENT_SECONDS" in result
    assert result.endswith("The error was: canceling statement due to statement timeout")
    with closing(psycopg.connect(url)) as other:
        other.execute("CREATE TABLE held ()")
        other.commit()
        other.execute("LOCK TABLE held")
        result = line(shell(data, LOCK, DATABASE_URL=url))
    assert "The database is locked by other connections." in result
    assert result.endswith("The error was: canceling statement due to lock timeout")
    assert line(shell(data, DEADLOCK, DATABASE_URL=url)).endswith(
        "The error was: deadlock detected"
    )


@pytest.mark.slow
def test_an_unexpected_error_shows_its_traceback(prepared: Path) -> None:
    result = shell(prepared, MISSING)
    assert result.returncode == 1
    assert "Traceback" in result.stderr
    assert result.stderr.splitlines()[-1].endswith("no such table: missing")


@pytest.mark.slow
def test_a_failed_migration_does_not_suggest_to_migrate(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run(data, "migrate", "--fake", "posts", "0001", "--verbosity=0").returncode == 0
    result = run(data, "migrate", "--verbosity=0")
    assert result.returncode == 1
    assert "Run `broadsheet migrate`" not in result.stderr
    assert "no such table" in result.stderr
