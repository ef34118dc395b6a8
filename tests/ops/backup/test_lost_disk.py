"""The disk is lost at a random moment: the replica misses at most the last second of writes."""

import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Self

import pytest

from tests.ops.backup import sites
from tests.ops.processes import Server, fetch, free_port, processes_of, run, wait_for
from tests.ops.prove.test_kills import SEED

PACE, WRITERS = 0.05, 3  # seconds between two writes of each: about twenty a second in all


class Writer(threading.Thread):
    """Publishes one post after another, and records when each was acknowledged."""

    def __init__(self, port: int, token: str, first_number: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, float] = {}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._token, self._first_number = token, first_number
        self._is_stopping = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_stopping.set()
        self.join()

    def run(self) -> None:
        number = self._first_number
        with suppress(OSError, http.client.HTTPException), closing(self._connection):
            while not self._is_stopping.wait(PACE):
                self._publish(f"Post q{number}q")
                number += 1

    def _publish(self, title: str) -> None:
        body = {"title": title, "content": f"The text of {title}. " * 20, "status": "published"}
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        self._connection.request("POST", "/api/v1/posts", json.dumps(body), headers)
        response = self._connection.getresponse()
        response.read()
        assert response.status == 201
        self.acknowledged[title] = time.monotonic()


def lose_disk(server: Server) -> float:
    """Kill all processes of a site and delete its folder; return the time before that."""
    lost_at = time.monotonic()
    for pid in processes_of(server.data):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait()
    wait_for(lambda: processes_of(server.data) == [], "all processes to end")
    shutil.rmtree(server.data)
    return lost_at


def titles(data: Path) -> set[str]:
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        found = database.execute("SELECT title FROM posts_post WHERE status = 'published'")
        return {title for (title,) in found}


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("place", ["folder", pytest.param("s3", marks=pytest.mark.prove)])
def test_a_lost_disk_loses_less_than_a_second_of_writes(
    prepared: Path, tmp_path: Path, pytestconfig: pytest.Config, bucket: dict[str, str], place: str
) -> None:
    # Beside other tests the replica may lag more, so write for longer than that.
    rounds, writes, max_lag = (
        (20, (1, 5), 1) if pytestconfig.getoption("--prove") else (2, (11, 15), 10)
    )
    rng = random.Random(7)
    data = sites.copy(prepared, tmp_path / "data")
    token = sites.shell(data, SEED)
    url = "s3://archives/replica" if place == "s3" else str(tmp_path / "replica")
    variables = {"BROADSHEET_REPLICA_URL": url, "BROADSHEET_API_PER_MINUTE": "0", **bucket}
    existing: set[str] = set()
    for number in range(rounds):
        port = free_port()
        server = Server.start(data, ["broadsheet", "serve"], port, PORT=str(port), **variables)
        try:
            first_number = 10_000 * number
            writers = [Writer(port, token, first_number + 1_000 * n) for n in range(WRITERS)]
            with ExitStack() as stack:
                for writer in writers:
                    stack.enter_context(writer)
                wait_for(lambda w=writer: len(w.acknowledged) > 2, "the first posts")
                time.sleep(rng.uniform(*writes))
                lost_at = lose_disk(server)
        finally:
            server.kill()
        acknowledged = {title: at for w in writers for title, at in w.acknowledged.items()}
        result = run(data, "restore", "--replica", **variables)
        assert result.returncode == 0, result.stderr
        restored = titles(data)
        assert existing <= restored  # nothing from earlier rounds is lost
        lost = [at for title, at in acknowledged.items() if title not in restored]
        lag = lost_at - min(lost, default=lost_at)
        sys.stderr.write(
            f"{place} {number}: of {len(acknowledged)} acknowledged {len(lost)} are lost, "
            f"of the last {lag:.2f} s\n"
        )
        assert lag < max_lag
        existing = restored
    port = free_port()
    server = Server.start(data, ["broadsheet", "serve"], port, PORT=str(port), **variables)
    try:
        status, page = fetch(port, f"/{min(existing).lower().replace(' ', '-')}")
        assert (status, min(existing) in page) == (200, True)
    finally:
        server.kill()
