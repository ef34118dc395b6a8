"""Backups of a site that is being written to, and of one with a thousand posts."""

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pyrage
import pytest

from tests.ops.backup import sites
from tests.ops.conftest import Within
from tests.ops.processes import environment, run, wait_for
from tests.postgresql import NewDatabase

#: Creates about twenty posts a second, edits the previous one, and prints each once it is saved.
_WRITER = """
import time
from broadsheet.accounts.models import User
from broadsheet.posts import actions
by = User.objects.get(username="olivia")
before = None
for number in range(10_000):
    post = actions.create(by=by, title=f"Live {number}", content="Words", tags=["One", "Live"])
    if before is not None:
        actions.edit(before, by=by, version=before.version, content="Edited words")
    before = post
    print(post.title, flush=True)
    time.sleep(0.03)
"""


@contextmanager
def writing_process(data: Path, **more: str) -> Iterator[Callable[[], list[str]]]:
    """Write in another process; yield a function that returns the posts acknowledged so far."""
    log = data.parent / "acknowledged"
    with log.open("w") as file:
        writer = subprocess.Popen(
            [sys.executable, "-m", "broadsheet", "shell", "--no-imports", "-c", _WRITER],
            env=environment(data, **more),
            cwd=data.parent,
            stdout=file,
        )

    def acknowledged() -> list[str]:
        return log.read_text().splitlines()

    try:
        wait_for(lambda: len(acknowledged()) > 20, "twenty posts")
        yield acknowledged
        count = len(acknowledged())
        wait_for(lambda: len(acknowledged()) > count, "a post after the backup")
    finally:
        writer.kill()
        writer.wait()


@pytest.mark.slow
def test_a_backup_during_writes_is_consistent(data: Path) -> None:
    with writing_process(data) as acknowledged:
        before = acknowledged()
        result = run(data, "backup")
        assert result.returncode == 0, result.stderr
        after = acknowledged()
    restored = data.parent / "restored"
    result = run(restored, "restore", str(sites.only(data / "backups")))
    assert result.returncode == 0, result.stderr
    rows = sites.rows(restored / "broadsheet.sqlite3")
    posts = _read(
        restored, "SELECT title, id FROM posts_post WHERE title LIKE 'Live %' ORDER BY id"
    )
    titles = [title for title, _id in posts]
    assert titles == [f"Live {number}" for number in range(len(titles))], "no post is missing"
    assert len(before) <= len(titles) <= len(after) + 1
    for table in ("posts_revision", "posts_tag", "accounts_user", "media_image"):
        now = set(sites.rows(data / "broadsheet.sqlite3")[table])
        assert set(rows[table]) <= now, "unchanged rows equal those of the live site"
    inconsistent = (
        "SELECT count(*) FROM posts_post p WHERE version != (SELECT count(*) FROM {} WHERE {})"
    )
    assert _read(restored, inconsistent.format("posts_revision r", "r.post_id = p.id")) == [(0,)]
    assert _read(restored, "PRAGMA foreign_key_check") == []
    assert sites.files(restored / "media") == sites.files(data / "media")


@pytest.mark.prove
def test_a_postgresql_backup_to_a_bucket_during_writes_is_consistent(
    tmp_path: Path, new_database: NewDatabase, bucket: dict[str, str]
) -> None:
    data, url, target = tmp_path / "data", new_database(), "s3://archives/in-use"
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(str(identity))
    sites.fill(data, posts=3, DATABASE_URL=url)
    public = str(identity.to_public())
    with writing_process(data, DATABASE_URL=url) as acknowledged:
        before = acknowledged()
        result = run(
            data, "backup", target, DATABASE_URL=url, BROADSHEET_BACKUP_RECIPIENTS=public, **bucket
        )
        assert result.returncode == 0, result.stderr
        after = acknowledged()
    (name,) = re.findall(r"broadsheet-\S+", run(data, "backups", target, **bucket).stdout)
    restored, restored_url = tmp_path / "restored", new_database()
    arguments = ["restore", f"{target}/{name}", "--identity", str(tmp_path / "identity")]
    result = run(restored, *arguments, DATABASE_URL=restored_url, **bucket)
    assert result.returncode == 0, result.stderr
    with psycopg.connect(restored_url) as restored_db, psycopg.connect(url) as live_db:
        live = "SELECT title FROM posts_post WHERE title LIKE 'Live %' ORDER BY id"
        titles = [title for (title,) in restored_db.execute(live)]
        assert titles == [f"Live {number}" for number in range(len(titles))], "no post is missing"
        assert len(before) <= len(titles) <= len(after) + 1
        revisions = "SELECT r::text FROM posts_revision r"
        assert {*restored_db.execute(revisions)} <= {*live_db.execute(revisions)}
        inconsistent = restored_db.execute(
            "SELECT count(*) FROM posts_post p WHERE version !="
            " (SELECT count(*) FROM posts_revision r WHERE r.post_id = p.id)"
        )
        assert inconsistent.fetchone() == (0,)
    assert sites.files(restored / "media") == sites.files(data / "media")


def _read(data: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.prove
def test_a_thousand_posts_with_media_are_restored(
    tmp_path: Path, record_property: Callable[[str, object], None], within: Within
) -> None:
    data, restored = tmp_path / "data", tmp_path / "restored"
    sites.fill(data, posts=1_000, size=64)
    started = time.monotonic()
    assert run(data, "backup").returncode == 0
    backed_up = time.monotonic()
    result = run(restored, "restore", str(sites.only(data / "backups")))
    assert result.returncode == 0, result.stderr
    record_property("backup_seconds", round(backed_up - started, 1))
    seconds = time.monotonic() - backed_up
    record_property("restore_seconds", round(seconds, 1))
    assert seconds < within(60)
    assert len(sites.rows(restored / "broadsheet.sqlite3")["posts_post"]) == 1_000
    assert sites.files(restored / "media") == sites.files(data / "media")
