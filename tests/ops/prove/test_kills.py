"""`kill -9` at any time: acknowledged posts exist, and no post is incomplete."""

import os
import random
import signal
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.ops.processes import Server, free_port, processes_of, run, set_up, wait_for
from tests.ops.prove.writing import Writers, Written

pytestmark = [pytest.mark.server, pytest.mark.slow]
SEED = """
import sys
from broadsheet.accounts import actions
from broadsheet.accounts.models import Role, User
author = User.objects.create_user("ada", "ada@example.org", role=Role.AUTHOR)
sys.stdout.write(actions.create_token(author, name="t", scope="write", expires_at=None)[1])
"""
SETTINGS = {"BROADSHEET_API_PER_MINUTE": "0", "BROADSHEET_PROCESSES": "2"}


def kill_one(server: Server, rng: random.Random) -> bool:
    """Kill a web process, the worker or their supervisor."""
    with suppress(ProcessLookupError, IndexError):
        os.kill(rng.choice(processes_of(server.data)), signal.SIGKILL)
        return True
    return False


@pytest.mark.parametrize("seed", [11])
def test_no_acknowledged_write_is_lost_when_processes_are_killed(
    start: Callable[..., Server], tmp_path: Path, pytestconfig: pytest.Config, seed: int
) -> None:
    writes, kills = (10_000, 200) if pytestconfig.getoption("--prove") else (120, 6)
    rng = random.Random(seed)
    data, port = tmp_path / "data", free_port()
    set_up(data)
    token = run(data, "shell", "--no-imports", "-c", SEED).stdout
    start_server = partial(
        start, "broadsheet", "serve", data=data, port=port, PORT=str(port), **SETTINGS
    )
    server, killed = start_server(), 0
    with Writers(port, token, writes) as writers:
        while killed < kills or not writers.are_done:
            if server.process.poll() is not None:  # restart it, as systemd does
                wait_for(lambda: processes_of(data) == [], "its children to end")
                server = start_server()
            step = writes / kills * (killed + 1)
            end = time.monotonic() + 60
            while len(writers.written.acknowledged) < min(step, writes) and time.monotonic() < end:
                time.sleep(rng.uniform(0.005, 0.05))
            if killed < kills:
                killed += kill_one(server, rng)
                if killed % 10 == 0:
                    writers.print_progress(f"{killed} killed")
    server.kill()
    wait_for(lambda: processes_of(data) == [], "all processes to end")
    assert writers.written.refused == []
    check_database(data, writers.written)


def check_database(data: Path, written: Written) -> None:
    """Compare a SQLite database with what was written."""
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        compare(database.execute, written)


def compare(execute: Callable[[str], Iterable[Any]], written: Written) -> None:
    """Compare posts and their related rows with what was written."""
    found = execute("SELECT title, id FROM posts_post WHERE status = 'published'")
    posts = {title: uuid.UUID(str(pk)) for title, pk in found}
    known = {title: uuid.UUID(pk) for title, pk in written.acknowledged.items()}
    assert {title for title, pk in known.items() if posts.get(title) != pk} == set()
    assert posts.keys() <= known.keys() | written.unsure
    [(count,)] = execute("SELECT count(*) FROM posts_post")
    assert count == len(posts)
    for table in ("posts_revision", "posts_authorship", "posts_posttag"):
        complete = {
            uuid.UUID(str(pk)) for (pk,) in execute(f"SELECT DISTINCT post_id FROM {table}")
        }
        assert complete == set(posts.values()), table
    [(in_index,)] = execute("SELECT count(*) FROM search_document")
    assert in_index == len(posts)


def test_the_check_detects_lost_and_incomplete_posts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    set_up(data)
    ids = run(data, "shell", "--no-imports", "-c", CREATE_POSTS).stdout.split()
    known = Written({"One": ids[0], "Two": ids[1]})
    check_database(data, known)
    with pytest.raises(AssertionError, match="Three"):
        check_database(data, Written({**known.acknowledged, "Three": ids[0]}))
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database, database:
        database.execute("DELETE FROM posts_revision WHERE post_id = ?", [ids[0]])
    with pytest.raises(AssertionError, match="posts_revision"):
        check_database(data, known)


CREATE_POSTS = """
from broadsheet.accounts.models import Role, User
from broadsheet.posts import actions
author = User.objects.create_user("ada", "ada@example.org", role=Role.AUTHOR)
for title in ("One", "Two"):
    print(actions.create(by=author, title=title, status="published", tags=["proof"]).pk.hex)
"""
