"""What cannot be moved is refused in one line, before anything is written."""

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


def refusal(source: str | Path, target: str | Path) -> str:
    """Return why it is refused."""
    addresses = [f"sqlite:///{end}" if isinstance(end, Path) else end for end in (source, target)]
    with pytest.raises(CopyError) as refused:
        copy_database(addresses[0], addresses[1], lambda _words: None)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_target_that_holds_anything(old: Path, new_database: NewDatabase, tmp_path: Path) -> None:
    address = new_database()
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE mine (id integer)")
    assert "is not empty" in refusal(old, address)
    file = tmp_path / "new.sqlite3"
    with closing(sqlite3.connect(file)) as sqlite, sqlite:
        sqlite.execute("CREATE TABLE mine (id integer)")
    assert "is not empty" in refusal(old, file)
    with closing(sqlite3.connect(file)) as sqlite:
        assert sqlite.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]


def test_a_server_that_is_not_there(old: Path) -> None:
    address = f"postgresql://broadsheet:geheim@127.0.0.1:{free_port()}/broadsheet"
    output = refusal(old, address)
    assert "PostgreSQL cannot be reached" in output
    assert "geheim" not in output


def test_a_folder_that_cannot_be_created(old: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be opened: Not a directory" in refusal(
        old, tmp_path / "file" / "a" / "new.sqlite3"
    )


def test_a_role_without_rights(old: Path, new_database: NewDatabase) -> None:
    address = new_database()
    with psycopg.connect(address) as connection:
        connection.execute("DROP ROLE IF EXISTS nobody")
        connection.execute("CREATE ROLE nobody LOGIN")
    parts = urlsplit(address)
    of_nobody = parts._replace(netloc=f"nobody@{parts.hostname}:{parts.port}").geturl()
    assert "permission denied for schema public" in refusal(old, of_nobody)


def test_the_same_database(old: Path, new_database: NewDatabase) -> None:
    (old.parent / "link").symlink_to(old)
    assert "same database" in refusal(old, old.parent / "link")
    address = new_database()
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE django_migrations (app text, name text)")
        for row in needed_migrations():
            connection.execute("INSERT INTO django_migrations VALUES (%s, %s)", row)
    assert "same database" in refusal(address, f"{address}?application_name=another")


def test_a_source_without_a_site(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.sqlite3").close()
    assert "cannot be opened" in refusal(tmp_path / "none.sqlite3", tmp_path / "new.sqlite3")
    assert "does not contain a Broadsheet site" in refusal(
        tmp_path / "empty.sqlite3", tmp_path / "new.sqlite3"
    )


def test_another_version(old: Path, edit: Edit, tmp_path: Path) -> None:
    edit("INSERT INTO django_migrations (app, name, applied) VALUES ('posts', '0999_later', '')")
    assert "later version. Update Broadsheet" in refusal(old, tmp_path / "new.sqlite3")
    edit("DELETE FROM django_migrations WHERE app = 'posts' AND name NOT LIKE '0001%'")
    assert "Run `broadsheet migrate` on it first" in refusal(old, tmp_path / "new.sqlite3")


@pytest.mark.slow
def test_a_site_that_is_running(
    old: Path, new_database: NewDatabase, start: Callable[..., Server], tmp_path: Path
) -> None:
    data = tmp_path / "site"
    set_up(data)
    there = old.replace(data / "broadsheet.sqlite3")
    server = start("broadsheet", "serve", "--port", "{port}", data=data)
    address = new_database()
    answer = run(data, "move", f"sqlite:///{there}", address)
    assert answer.returncode == 1
    assert answer.stderr.startswith("CommandError: The site is in use. Stop `broadsheet serve`")
    with closing(psycopg.connect(address)) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
    server.stop()
    answer = run(data, "move", f"sqlite:///{there}", address)
    assert answer.returncode == 0, f"the command itself is not the site: {answer.stderr}"
    with closing(psycopg.connect(address)):
        answer = run(data, "move", address, f"sqlite:///{tmp_path}/back.sqlite3")
    assert "The site is in use" in answer.stderr


def test_what_is_no_database(old: Path) -> None:
    assert "Use sqlite:/// or postgresql://" in refusal(old, "mysql://localhost/broadsheet")


def test_the_command_says_so_in_one_line(old: Path, tmp_path: Path) -> None:
    answer = run(tmp_path / "data", "move", f"sqlite:///{old}", f"sqlite:///{old}")
    assert answer.returncode == 1
    assert answer.stderr == "CommandError: Source and target are the same database.\n"
