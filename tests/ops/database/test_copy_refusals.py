"""Impossible moves are rejected with one line, before anything is written."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from broadsheet.ops.database import CopyError
from broadsheet.ops.database.copy import copy_database
from broadsheet.ops.database.tables import needed_migrations
from tests.ops.database.conftest import Edit
from tests.ops.processes import Server, free_port, run, set_up
from tests.postgresql import NewDatabase


def rejection(source: str | Path, target: str | Path) -> str:
    """Return the reason for which a move is rejected."""
    urls = [f"sqlite:///{end}" if isinstance(end, Path) else end for end in (source, target)]
    with pytest.raises(CopyError) as caught:
        copy_database(urls[0], urls[1], lambda _message: None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.slow
def test_a_target_that_is_not_empty_is_rejected(
    source_file: Path, new_database: NewDatabase, tmp_path: Path
) -> None:
    url = new_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE mine (id integer)")
    assert "is not empty" in rejection(source_file, url)
    file = tmp_path / "new.sqlite3"
    with closing(sqlite3.connect(file)) as sqlite, sqlite:
        sqlite.execute("CREATE TABLE mine (id integer)")
    assert "is not empty" in rejection(source_file, file)
    with closing(sqlite3.connect(file)) as sqlite:
        assert sqlite.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]


@pytest.mark.slow
def test_an_unreachable_server_is_rejected(source_file: Path) -> None:
    url = f"postgresql://broadsheet:geheim@127.0.0.1:{free_port()}/broadsheet"
    message = rejection(source_file, url)
    assert "PostgreSQL cannot be reached" in message
    assert "geheim" not in message


def test_a_target_folder_that_cannot_be_created_is_rejected(
    source_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    assert "cannot be opened: Not a directory" in rejection(
        source_file, tmp_path / "file" / "a" / "new.sqlite3"
    )


@pytest.mark.slow
def test_a_role_without_permissions_is_rejected(
    source_file: Path, new_database: NewDatabase
) -> None:
    url = new_database()
    with psycopg.connect(url) as connection:
        connection.execute("DROP ROLE IF EXISTS nobody")
        connection.execute("CREATE ROLE nobody LOGIN")
    parts = urlsplit(url)
    url_of_nobody = parts._replace(netloc=f"nobody@{parts.hostname}:{parts.port}").geturl()
    assert "permission denied for schema public" in rejection(source_file, url_of_nobody)


def test_a_target_that_is_the_source_is_rejected(
    source_file: Path, new_database: NewDatabase
) -> None:
    (source_file.parent / "link").symlink_to(source_file)
    assert "same database" in rejection(source_file, source_file.parent / "link")
    url = new_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE django_migrations (app text, name text)")
        for row in needed_migrations():
            connection.execute("INSERT INTO django_migrations VALUES (%s, %s)", row)
    assert "same database" in rejection(url, f"{url}?application_name=another")


def test_a_source_without_a_site_is_rejected(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.sqlite3").close()
    assert "cannot be opened" in rejection(tmp_path / "none.sqlite3", tmp_path / "new.sqlite3")
    assert "does not contain a Broadsheet site" in rejection(
        tmp_path / "empty.sqlite3", tmp_path / "new.sqlite3"
    )


def test_a_source_of_another_version_is_rejected(
    source_file: Path, edit: Edit, tmp_path: Path
) -> None:
    edit("INSERT INTO django_migrations (app, name, applied) VALUES ('posts', '0999_later', '')")
    assert "later version. Update Broadsheet" in rejection(source_file, tmp_path / "new.sqlite3")
    edit("DELETE FROM django_migrations WHERE app = 'posts' AND name NOT LIKE '0001%'")
    assert "Run `broadsheet migrate` on it first" in rejection(
        source_file, tmp_path / "new.sqlite3"
    )


@pytest.mark.slow
def test_a_running_site_is_rejected(
    source_file: Path, new_database: NewDatabase, start: Callable[..., Server], tmp_path: Path
) -> None:
    data = tmp_path / "site"
    set_up(data)
    moved_file = source_file.replace(data / "broadsheet.sqlite3")
    server = start("broadsheet", "serve", "--port", "{port}", data=data)
    url = new_database()
    result = run(data, "move", f"sqlite:///{moved_file}", url)
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: The site is in use. Stop `broadsheet serve`")
    with closing(psycopg.connect(url)) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
    server.stop()
    result = run(data, "move", f"sqlite:///{moved_file}", url)
    assert result.returncode == 0, f"the command itself does not count as use: {result.stderr}"
    with closing(psycopg.connect(url)):
        result = run(data, "move", url, f"sqlite:///{tmp_path}/back.sqlite3")
    assert "The site is in use" in result.stderr


def test_an_unsupported_database_is_rejected(source_file: Path) -> None:
    assert "Use sqlite:/// or postgresql://" in rejection(
        source_file, "mysql://localhost/broadsheet"
    )


@pytest.mark.slow
def test_the_command_reports_the_reason_in_one_line(source_file: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "data", "move", f"sqlite:///{source_file}", f"sqlite:///{source_file}")
    assert result.returncode == 1
    assert result.stderr == "CommandError: Source and target are the same database.\n"
