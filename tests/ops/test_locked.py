"""A SQLite that another program holds for itself: readers go on, and no save is lost."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops.processes import Server, run, wait_for
from tests.ops.site_behind_nginx import SEED, ask

type Start = Callable[..., Server]

LOGIN = """
from django.test import Client
from broadsheet.accounts.models import User
client = Client()
client.force_login(User.objects.get())
print(client.cookies["sessionid"].value)
"""
SETTINGS = {"BROADSHEET_API_PER_MINUTE": "0", "BROADSHEET_WORKER": "no"}
WRITERS = 6


@pytest.mark.slow
def test_while_another_program_locks_sqlite_readers_go_on_and_saves_wait_or_hear_503(
    start: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    shell = ("shell", "--no-imports", "--command")
    token = run(data, *shell, SEED).stdout.split()[1]
    session = run(data, *shell, LOGIN).stdout.strip()
    port = start("broadsheet", "serve", "--port", "{port}", data=data, **SETTINGS).port
    assert ask(port, "/story").status == 200
    refusals: list[bytes] = []
    started: list[int] = []

    def save(number: int) -> None:
        """Save a post; try again as long as the response is 503."""
        started.append(number)
        body = json.dumps({"title": f"Saved {number}", "content": "x", "status": "published"})
        bearer = {"authorization": f"Bearer {token}", "content_type": "application/json"}
        while (answer := ask(port, "/api/v1/posts", "POST", body, **bearer)).status == 503:
            refusals.append(answer.body)
        assert answer.status == 201, answer.body

    def read(path: str, **headers: str) -> int:
        return ask(port, path, **headers).status

    writer = sqlite3.connect(data / "broadsheet.sqlite3", isolation_level=None)
    with ThreadPoolExecutor(WRITERS) as pool, closing(writer):
        writer.execute("BEGIN IMMEDIATE")
        saves = [pool.submit(save, number) for number in range(WRITERS)]
        wait_for(lambda: len(started) == WRITERS, "all saves to be sent")
        logged_in = {"cookie": f"sessionid={session}"}
        statuses = [
            read("/story"),  # from the cache
            read("/beside-it"),  # and these are not
            read("/"),
            read("/search?q=word"),
            read("/login"),
            read("/studio", **logged_in),
            read("/profile", **logged_in),
            read("/nowhere"),
        ]
        assert statuses == [200] * 7 + [404]
        assert not any(one.done() for one in saves)
        # A read that waits for one that saves waits until those are refused, all of them at once.
        assert len(refusals) < len(statuses)
        writer.execute("ROLLBACK")
        for one in saves:
            one.result()
    assert all(b"/problems/" in body for body in refusals)
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        titles = database.execute("SELECT title FROM posts_post WHERE title LIKE 'Saved %'")
        assert Counter(titles) == Counter((f"Saved {number}",) for number in range(WRITERS))
    assert [read(f"/saved-{number}") for number in range(WRITERS)] == [200] * WRITERS
