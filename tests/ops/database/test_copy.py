"""A site is moved completely and verified, even if the move is interrupted."""

import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.apps import apps

from broadsheet.ops.database import CopyError
from broadsheet.ops.database.copy import copy_database
from broadsheet.ops.database.normalize import FIELD_TYPES
from broadsheet.ops.database.progress import JOURNAL_TABLE
from broadsheet.ops.database.tables import copied_tables
from tests.ops.database.conftest import Edit
from tests.ops.processes import PATIENCE, ROOT, environment, run
from tests.postgresql import NewDatabase

SEED = 20_261_121


PAGES = """
import hashlib, re
import django; django.setup()
from django.test import Client
from broadsheet.posts.models import Post, Tag
slugs = Post.objects.published().order_by("id").values_list("slug", flat=True)[:20]
tags = Tag.objects.order_by("id").values_list("slug", flat=True)[:5]
for path in ["/", "/archive", "/rss.xml", *(f"/{s}" for s in slugs), *(f"/tag/{t}" for t in tags)]:
    answer = Client().get(path, headers={"host": "localhost"})
    print(path, answer.status_code, hashlib.sha256(answer.content).hexdigest())
"""


def pages(data: Path, url: str) -> str:
    """Return paths, statuses and hashes of some pages of a site, rendered in another process."""
    settings = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "broadsheet.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PAGES],
        env=environment(data, **settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def discard(_message: str) -> None:
    """Discard progress messages."""


def row_count(url: str, table: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    assert row is not None
    return int(row[0])


def is_in_progress(url: str) -> bool:
    """Whether an unfinished move into a database exists."""
    with psycopg.connect(url) as connection:
        query = "SELECT 1 FROM pg_tables WHERE tablename = %s"
        return connection.execute(query, [JOURNAL_TABLE]).fetchone() is not None


def test_every_table_and_column_type_is_supported() -> None:
    tables = copied_tables()
    assert {kind for table in tables for kind in table.kinds} <= FIELD_TYPES
    names = [table.name for table in tables]
    assert len(names) == len(set(names))
    all_tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert all_tables - set(names) == {"pagecache_change", "ops_told"}
    assert names.index("accounts_user") < names.index("posts_authorship")


@pytest.mark.slow
@pytest.mark.prove
def test_a_round_trip_loses_nothing(
    source_file: Path,
    new_database: NewDatabase,
    tmp_path: Path,
    source_is_unchanged: Callable[[], bool],
) -> None:
    url, back = new_database(), tmp_path / "back.sqlite3"
    output: list[str] = []
    copy_database(f"sqlite:///{source_file}", url, output.append)
    assert source_is_unchanged(), "the source is only read"
    assert any("posts are in the search index" in line for line in output)
    copy_database(url, f"sqlite:///{back}", discard)
    copy_database(url, f"sqlite:///{back}", output.append)
    assert output[-1] == "Everything is already copied."
    with closing(sqlite3.connect(source_file)) as first, closing(sqlite3.connect(back)) as last:
        for table in copied_tables():
            sql = f'SELECT * FROM "{table.name}" ORDER BY "{table.columns[0]}"'
            assert last.execute(sql).fetchall() == first.execute(sql).fetchall(), table.name
        sql = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
        assert last.execute(sql).fetchall() == first.execute(sql).fetchall()
        assert last.execute("SELECT count(*) FROM search_document").fetchone()[0] > 200


@pytest.mark.slow
def test_a_moved_site_is_complete_and_writable(
    source_file: Path, new_database: NewDatabase, tmp_path: Path
) -> None:
    url = new_database()
    result = run(tmp_path / "data", "move", f"sqlite:///{source_file}", url)
    assert result.returncode == 0, result.stderr
    assert "Set DATABASE_URL to the new database" in result.stdout
    second = run(tmp_path / "data", "move", f"sqlite:///{source_file}", url)
    assert "Everything is already copied" in second.stdout, (
        "it may have been killed before it printed this"
    )
    assert "Set DATABASE_URL to the new database" in second.stdout
    moved_pages = pages(tmp_path / "data", url)
    assert moved_pages == pages(tmp_path / "data", f"sqlite:///{source_file}")
    assert moved_pages.count(" 200 ") == 28
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO auth_group (name) VALUES ('after')")
        connection.execute(
            "INSERT INTO posts_posttag (position, post_id, tag_id) SELECT 9, p.id, t.id"
            " FROM posts_post p, posts_tag t WHERE NOT EXISTS (SELECT 1 FROM posts_posttag x"
            " WHERE x.post_id = p.id AND x.tag_id = t.id) LIMIT 1"
        )
        tags = connection.execute("SELECT stamp FROM pagecache_change ORDER BY id").fetchall()
        assert tags[-1][0] != tags[0][0], "the triggers are restored"
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute("DELETE FROM accounts_user")
    result = run(tmp_path / "data", "check", "--database", "default", DATABASE_URL=url)
    assert result.returncode == 0, result.stderr
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO auth_group (name) VALUES ('after')")
    second = run(tmp_path / "data", "move", f"sqlite:///{source_file}", url)
    assert "is not empty" in second.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.prove
def test_a_move_interrupted_at_random_moments_is_resumed(
    source_file: Path, new_database: NewDatabase, tmp_path: Path, number: signal.Signals
) -> None:
    url, rng = new_database(), random.Random(SEED)
    command = [sys.executable, "-m", "broadsheet", "move", f"sqlite:///{source_file}", url]
    interrupted = 0
    for seconds in (1, 2, 3, 4, 6, 8, PATIENCE):
        was_in_progress = is_in_progress(url)
        process = subprocess.Popen(
            command,
            env=environment(tmp_path / "data"),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            out, err = process.communicate(timeout=seconds + (rng.random() - 0.5))
        except subprocess.TimeoutExpired:
            process.send_signal(number)
            out, err = process.communicate()
            interrupted += 1
            if number == signal.SIGINT and "Interrupted" in err:
                assert "Run the same command again to resume" in err
            continue
        assert process.returncode == 0, err
        if was_in_progress:
            assert "Resuming the interrupted move" in out or "Everything is already copied" in out
        break
    assert interrupted, "it takes longer than a second"
    with closing(sqlite3.connect(source_file)) as sqlite:
        for table in copied_tables():
            count = sqlite.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]
            assert row_count(url, table.name) == count, table.name
    assert not is_in_progress(url)


@pytest.mark.slow
def test_a_row_changed_in_the_target_is_detected(
    source_file: Path, new_database: NewDatabase
) -> None:
    url = new_database()
    with closing(sqlite3.connect(source_file)) as sqlite:
        pk = sqlite.execute("SELECT id FROM posts_post ORDER BY id LIMIT 1 OFFSET 7").fetchone()[0]

    def change_row(message: str) -> None:
        if message.startswith("Copying:"):
            with psycopg.connect(url) as connection:
                connection.execute("UPDATE posts_post SET title = 'Other' WHERE id = %s", [pk])

    with pytest.raises(CopyError, match=f"posts_post, row {pk}, differs"):
        copy_database(f"sqlite:///{source_file}", url, change_row)
    with pytest.raises(CopyError, match="differs"):
        copy_database(f"sqlite:///{source_file}", url, discard)


@pytest.mark.slow
def test_writes_to_the_source_are_detected_and_only_those_tables_copied_again(
    source_file: Path, edit: Edit, new_database: NewDatabase
) -> None:
    url = new_database()
    output: list[str] = []

    def write(message: str) -> None:
        if message.startswith("Copying:"):
            edit("UPDATE posts_tag SET description = 'meanwhile'")

    with pytest.raises(CopyError, match="written meanwhile: posts_tag"):
        copy_database(f"sqlite:///{source_file}", url, write)
    copy_database(f"sqlite:///{source_file}", url, output.append)
    copied = next(line for line in output if line.startswith("Copying:"))
    tags = row_count(url, "posts_tag")
    assert copied.startswith(f"Copying: {tags:,} rows")
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT DISTINCT description FROM posts_tag").fetchall()
    assert rows == [("meanwhile",)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("'a' || char(0) || 'b'", "NUL"),
        pytest.param(
            "CAST(x'61EDA08062' AS TEXT)", "surrogates not allowed", marks=pytest.mark.prove
        ),
        pytest.param(f"'{'x' * 301}'", "value too long", marks=pytest.mark.prove),
    ],
    ids=["a NUL byte", "a lone surrogate", "a title that is too long"],
)
def test_a_row_that_the_target_cannot_store_is_reported_and_can_be_fixed(
    source_file: Path, edit: Edit, new_database: NewDatabase, value: str, reason: str
) -> None:
    url = new_database()
    with closing(sqlite3.connect(source_file)) as sqlite:
        pk = sqlite.execute("SELECT id FROM posts_post ORDER BY id LIMIT 1 OFFSET 99").fetchone()[0]
    edit(f"UPDATE posts_post SET title = {value} WHERE id = '{pk}'")
    with pytest.raises(CopyError, match=f"posts_post, row {pk}, cannot be stored.*{reason}"):
        copy_database(f"sqlite:///{source_file}", url, discard)
    edit(f"UPDATE posts_post SET title = 'Mended' WHERE id = '{pk}'")
    copy_database(f"sqlite:///{source_file}", url, discard)
    assert row_count(url, "posts_post") == 300


@pytest.mark.slow
def test_an_unfinished_move_from_another_source_is_not_resumed(
    source_file: Path, seeded: Path, new_database: NewDatabase
) -> None:
    url = new_database()

    def interrupt(message: str) -> None:
        if message.startswith("Copying:"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(f"sqlite:///{source_file}", url, interrupt)
    with pytest.raises(CopyError, match="has an unfinished move from sqlite:///"):
        copy_database(f"sqlite:///{seeded}", url, discard)


@pytest.mark.slow
def test_a_lost_connection_is_reported_and_the_move_can_be_resumed(
    source_file: Path, new_database: NewDatabase
) -> None:
    url = new_database()

    def disconnect(message: str) -> None:
        if message.startswith("Checking:"):
            with psycopg.connect(url) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(CopyError, match=r"Database error: .* Run the same command again"):
        copy_database(f"sqlite:///{source_file}", url, disconnect)
    output: list[str] = []
    copy_database(f"sqlite:///{source_file}", url, output.append)
    assert output[0] == "Resuming the interrupted move."
    assert row_count(url, "posts_post") == 300
