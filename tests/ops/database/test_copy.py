"""A site is moved whole: every row, checked, whatever interrupts it."""

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


def pages(data: Path, address: str) -> str:
    """Return what some pages of a site are, in a process of its own."""
    settings = {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "broadsheet.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PAGES],
        env=environment(data, **settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def silent(_words: str) -> None:
    """Say nothing."""


def counted(address: str, table: str) -> int:
    with psycopg.connect(address) as connection:
        row = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    assert row is not None
    return int(row[0])


def is_begun(address: str) -> bool:
    """Whether a move into a database goes on there."""
    with psycopg.connect(address) as connection:
        asked = "SELECT 1 FROM pg_tables WHERE tablename = %s"
        return connection.execute(asked, [JOURNAL_TABLE]).fetchone() is not None


def test_every_table_and_every_kind_of_column_is_known() -> None:
    known = copied_tables()
    assert {kind for table in known for kind in table.kinds} <= FIELD_TYPES
    names = [table.name for table in known]
    assert len(names) == len(set(names))
    everything = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert everything - set(names) == {"pagecache_change", "ops_told"}
    assert names.index("accounts_user") < names.index("posts_authorship")


@pytest.mark.slow
def test_there_and_back_again_and_nothing_is_lost(
    old: Path, new_database: NewDatabase, tmp_path: Path, kept: Callable[[], bool]
) -> None:
    address, back = new_database(), tmp_path / "back.sqlite3"
    output: list[str] = []
    copy_database(f"sqlite:///{old}", address, output.append)
    assert kept(), "the old one is only read"
    assert any("posts are in the search index" in line for line in output)
    copy_database(address, f"sqlite:///{back}", silent)
    copy_database(address, f"sqlite:///{back}", output.append)
    assert output[-1] == "Everything is already copied."
    with closing(sqlite3.connect(old)) as first, closing(sqlite3.connect(back)) as last:
        for table in copied_tables():
            sql = f'SELECT * FROM "{table.name}" ORDER BY "{table.columns[0]}"'
            assert last.execute(sql).fetchall() == first.execute(sql).fetchall(), table.name
        sql = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
        assert last.execute(sql).fetchall() == first.execute(sql).fetchall()
        assert last.execute("SELECT count(*) FROM search_document").fetchone()[0] > 200


@pytest.mark.slow
def test_what_was_moved_is_a_site_that_can_be_written(
    old: Path, new_database: NewDatabase, tmp_path: Path
) -> None:
    address = new_database()
    answer = run(tmp_path / "data", "move", f"sqlite:///{old}", address)
    assert answer.returncode == 0, answer.stderr
    assert "Set DATABASE_URL to the new database" in answer.stdout
    again = run(tmp_path / "data", "move", f"sqlite:///{old}", address)
    assert "Everything is already copied" in again.stdout, (
        "it may have been killed before it said so"
    )
    assert "Set DATABASE_URL to the new database" in again.stdout
    here = pages(tmp_path / "data", address)
    assert here == pages(tmp_path / "data", f"sqlite:///{old}")
    assert here.count(" 200 ") == 28
    with psycopg.connect(address) as connection:
        connection.execute("INSERT INTO auth_group (name) VALUES ('after')")
        connection.execute(
            "INSERT INTO posts_posttag (position, post_id, tag_id) SELECT 9, p.id, t.id"
            " FROM posts_post p, posts_tag t WHERE NOT EXISTS (SELECT 1 FROM posts_posttag x"
            " WHERE x.post_id = p.id AND x.tag_id = t.id) LIMIT 1"
        )
        tags = connection.execute("SELECT stamp FROM pagecache_change ORDER BY id").fetchall()
        assert tags[-1][0] != tags[0][0], "triggers are in place again"
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute("DELETE FROM accounts_user")
    answer = run(tmp_path / "data", "check", "--database", "default", DATABASE_URL=address)
    assert answer.returncode == 0, answer.stderr
    with psycopg.connect(address) as connection:
        connection.execute("INSERT INTO auth_group (name) VALUES ('after')")
    again = run(tmp_path / "data", "move", f"sqlite:///{old}", address)
    assert "is not empty" in again.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.prove)]
)
def test_it_is_interrupted_at_random_moments_and_goes_on(
    old: Path, new_database: NewDatabase, tmp_path: Path, number: signal.Signals
) -> None:
    address, moments = new_database(), random.Random(SEED)
    command = [sys.executable, "-m", "broadsheet", "move", f"sqlite:///{old}", address]
    interrupted = 0
    for patience in (1, 2, 3, 4, 6, 8, PATIENCE):
        was_begun = is_begun(address)
        process = subprocess.Popen(
            command,
            env=environment(tmp_path / "data"),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            out, err = process.communicate(timeout=patience + (moments.random() - 0.5))
        except subprocess.TimeoutExpired:
            process.send_signal(number)
            out, err = process.communicate()
            interrupted += 1
            if number == signal.SIGINT and "Interrupted" in err:
                assert "Run the same command again to resume" in err
            continue
        assert process.returncode == 0, err
        if was_begun:
            assert "Resuming the interrupted move" in out or "Everything is already copied" in out
        break
    assert interrupted, "it is slower than a second"
    with closing(sqlite3.connect(old)) as sqlite:
        for table in copied_tables():
            count = sqlite.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]
            assert counted(address, table.name) == count, table.name
    assert not is_begun(address)


@pytest.mark.slow
def test_a_row_that_changed_in_the_new_database_is_found(
    old: Path, new_database: NewDatabase
) -> None:
    address = new_database()
    with closing(sqlite3.connect(old)) as sqlite:
        pk = sqlite.execute("SELECT id FROM posts_post ORDER BY id LIMIT 1 OFFSET 7").fetchone()[0]

    def meddle(words: str) -> None:
        if words.startswith("Copying:"):
            with psycopg.connect(address) as connection:
                connection.execute("UPDATE posts_post SET title = 'Other' WHERE id = %s", [pk])

    with pytest.raises(CopyError, match=f"posts_post, row {pk}, differs"):
        copy_database(f"sqlite:///{old}", address, meddle)
    with pytest.raises(CopyError, match="differs"):
        copy_database(f"sqlite:///{old}", address, silent)


@pytest.mark.slow
def test_a_source_that_is_written_meanwhile_is_found_and_only_those_tables_copied_anew(
    old: Path, edit: Edit, new_database: NewDatabase
) -> None:
    address = new_database()
    output: list[str] = []

    def write(words: str) -> None:
        if words.startswith("Copying:"):
            edit("UPDATE posts_tag SET description = 'meanwhile'")

    with pytest.raises(CopyError, match="written meanwhile: posts_tag"):
        copy_database(f"sqlite:///{old}", address, write)
    copy_database(f"sqlite:///{old}", address, output.append)
    copied = next(line for line in output if line.startswith("Copying:"))
    tags = counted(address, "posts_tag")
    assert copied.startswith(f"Copying: {tags:,} rows")
    with psycopg.connect(address) as connection:
        rows = connection.execute("SELECT DISTINCT description FROM posts_tag").fetchall()
    assert rows == [("meanwhile",)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("'a' || char(0) || 'b'", "NUL"),
        pytest.param(
            "CAST(x'61EDA08062' AS TEXT)", "surrogates not allowed", marks=pytest.mark.prove
        ),
        pytest.param(f"'{'x' * 301}'", "value too long", marks=pytest.mark.prove),
    ],
    ids=["a NUL byte", "a lone surrogate", "a title that is too long"],
)
def test_a_row_that_the_new_database_cannot_store_is_named_and_can_be_mended(
    old: Path, edit: Edit, new_database: NewDatabase, wrong: str, why: str
) -> None:
    address = new_database()
    with closing(sqlite3.connect(old)) as sqlite:
        pk = sqlite.execute("SELECT id FROM posts_post ORDER BY id LIMIT 1 OFFSET 99").fetchone()[0]
    edit(f"UPDATE posts_post SET title = {wrong} WHERE id = '{pk}'")
    with pytest.raises(CopyError, match=f"posts_post, row {pk}, cannot be stored.*{why}"):
        copy_database(f"sqlite:///{old}", address, silent)
    edit(f"UPDATE posts_post SET title = 'Mended' WHERE id = '{pk}'")
    copy_database(f"sqlite:///{old}", address, silent)
    assert counted(address, "posts_post") == 300


@pytest.mark.slow
def test_a_half_done_move_from_elsewhere_is_not_gone_on_with(
    old: Path, seeded: Path, new_database: NewDatabase
) -> None:
    address = new_database()

    def interrupt(words: str) -> None:
        if words.startswith("Copying:"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(f"sqlite:///{old}", address, interrupt)
    with pytest.raises(CopyError, match="has an unfinished move from sqlite:///"):
        copy_database(f"sqlite:///{seeded}", address, silent)


@pytest.mark.slow
def test_a_server_that_goes_away_meanwhile_is_said_and_the_move_goes_on_later(
    old: Path, new_database: NewDatabase
) -> None:
    address = new_database()

    def hang_up(words: str) -> None:
        if words.startswith("Checking:"):
            with psycopg.connect(address) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(CopyError, match=r"Database error: .* Run the same command again"):
        copy_database(f"sqlite:///{old}", address, hang_up)
    output: list[str] = []
    copy_database(f"sqlite:///{old}", address, output.append)
    assert output[0] == "Resuming the interrupted move."
    assert counted(address, "posts_post") == 300
