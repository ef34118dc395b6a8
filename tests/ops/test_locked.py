"""SQLite is locked by another program: pages can be read, and no save is lost."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops.processes import Server, run, wait_for
from tests.ops.site_behind_nginx import SEED, send_request

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


@pytest.mark.prove
def test_pages_are_readable_and_saves_wait_or_get_503_while_sqlite_is_locked(
    start: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    shell = ("shell", "--no-imports", "--command")
    token = run(data, *shell, SEED).stdout.split()[1]
    session = run(data, *shell, LOGIN).stdout.strip()
    port = start("broadsheet", "serve", "--port", "{port}", data=data, **SETTINGS).port
    assert send_request(port, "/story").status == 200
    rejections: list[bytes] = []
    started: list[int] = []

    def save(number: int) -> None:
        """Save a post; retry as long as the response is 503."""
        started.append(number)
        body = json.dumps({"title": f"Saved {number}", "content": "x", "status": "published"})
        bearer = {"authorization": f"Bearer {token}", "content_type": "application/json"}
        while (
            response := send_request(port, "/api/v1/posts", "POST", body, **bearer)
        ).status == 503:
            rejections.append(response.body)
        assert response.status == 201, response.body

    def read(path: str, **headers: str) -> int:
        return send_request(port, path, **headers).status

    writer = sqlite3.connect(data / "broadsheet.sqlite3", isolation_level=None)
    with ThreadPoolExecutor(WRITERS) as pool, closing(writer):
        writer.execute("BEGIN IMMEDIATE")
        saves = [pool.submit(save, number) for number in range(WRITERS)]
        wait_for(lambda: len(started) == WRITERS, "all saves to be sent")
        logged_in = {"cookie": f"sessionid={session}"}
        statuses = [
            read("/story"),  # from the cache
            read("/beside-it"),  # the others are not
            read("/"),
            read("/search?q=word"),
            read("/login"),
            read("/studio", **logged_in),
            read("/profile", **logged_in),
            read("/nowhere"),
        ]
        assert statuses == [200] * 7 + [404]
        assert not any(one.done() for one in saves)
        # A read that waits for a save waits until all waiting saves get 503, at the same time.
        assert len(rejections) < len(statuses)
        writer.execute("ROLLBACK")
        for one in saves:
            one.result()
    assert all(b"/problems/" in body for body in rejections)
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        titles = database.execute("SELECT title FROM posts_post WHERE title LIKE 'Saved %'")
        assert Counter(titles) == Counter((f"Saved {number}",) for number in range(WRITERS))
    assert [read(f"/saved-{number}") for number in range(WRITERS)] == [200] * WRITERS
