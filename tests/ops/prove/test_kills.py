"""`kill -9` at any moment: what was acknowledged is there, and nothing is there by halves."""

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

from tests.ops.processes import Server, free_port, relatives, run, set_up, wait_for
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


def kill_one(server: Server, moments: random.Random) -> bool:
    """Kill a process that answers, the worker, or what starts them anew."""
    with suppress(ProcessLookupError, IndexError):
        os.kill(moments.choice(relatives(server.data)), signal.SIGKILL)
        return True
    return False


@pytest.mark.parametrize("seed", [11])
def test_no_acknowledged_write_is_lost_to_a_kill(
    start: Callable[..., Server], tmp_path: Path, pytestconfig: pytest.Config, seed: int
) -> None:
    writes, kills = (10_000, 200) if pytestconfig.getoption("--prove") else (120, 6)
    moments = random.Random(seed)
    data, port = tmp_path / "data", free_port()
    set_up(data)
    token = run(data, "shell", "--no-imports", "-c", SEED).stdout
    begin = partial(start, "broadsheet", "serve", data=data, port=port, PORT=str(port), **SETTINGS)
    server, killed = begin(), 0
    with Writers(port, token, writes) as writers:
        while killed < kills or not writers.are_done:
            if server.process.poll() is not None:  # as systemd does
                wait_for(lambda: relatives(data) == [], "its children to end")
                server = begin()
            step = writes / kills * (killed + 1)
            end = time.monotonic() + 60
            while len(writers.written.acknowledged) < min(step, writes) and time.monotonic() < end:
                time.sleep(moments.uniform(0.005, 0.05))
            if killed < kills:
                killed += kill_one(server, moments)
                if killed % 10 == 0:
                    writers.say(f"{killed} killed")
    server.kill()
    wait_for(lambda: relatives(data) == [], "everything to end")
    assert writers.written.refused == []
    examine(data, writers.written)


def examine(data: Path, written: Written) -> None:
    """Compare a database of SQLite with what writers know."""
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        compare(database.execute, written)


def compare(ask: Callable[[str], Iterable[Any]], written: Written) -> None:
    """Compare the rows of posts, and what belongs to each, with what writers know."""
    found = ask("SELECT title, id FROM posts_post WHERE status = 'published'")
    posts = {title: uuid.UUID(str(pk)) for title, pk in found}
    known = {title: uuid.UUID(pk) for title, pk in written.acknowledged.items()}
    assert {title for title, pk in known.items() if posts.get(title) != pk} == set()
    assert posts.keys() <= known.keys() | written.unsure
    [(count,)] = ask("SELECT count(*) FROM posts_post")
    assert count == len(posts)
    for table in ("posts_revision", "posts_authorship", "posts_posttag"):
        whole = {uuid.UUID(str(pk)) for (pk,) in ask(f"SELECT DISTINCT post_id FROM {table}")}
        assert whole == set(posts.values()), table
    [(indexed,)] = ask("SELECT count(*) FROM search_document")
    assert indexed == len(posts)


def test_the_examination_finds_what_is_lost_or_half_there(tmp_path: Path) -> None:
    data = tmp_path / "data"
    set_up(data)
    made = run(data, "shell", "--no-imports", "-c", MADE).stdout.split()
    known = Written({"One": made[0], "Two": made[1]})
    examine(data, known)
    with pytest.raises(AssertionError, match="Three"):
        examine(data, Written({**known.acknowledged, "Three": made[0]}))
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database, database:
        database.execute("DELETE FROM posts_revision WHERE post_id = ?", [made[0]])
    with pytest.raises(AssertionError, match="posts_revision"):
        examine(data, known)


MADE = """
from broadsheet.accounts.models import Role, User
from broadsheet.posts import actions
author = User.objects.create_user("ada", "ada@example.org", role=Role.AUTHOR)
for title in ("One", "Two"):
    print(actions.create(by=author, title=title, status="published", tags=["proof"]).pk.hex)
"""
