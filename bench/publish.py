"""Publishing through the API, durably, compared with the tutorial's plain POST of a row."""

import http.client
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from bench import data, processes, report, servers
from bench.seed import blocks

POSTS, MEDIAN = 1_000, 2_500
LENGTH = 6_000  # characters of Markdown
TAGS = ["News", "Paper", "City"]
HEAD = ("request", "median, ms", "CPU, ms", "tutorials' / ours", "of the CPU time")
PLAIN, WITH_WAL = "the tutorials' POST", "the same, given our journal (WAL)"
PUBLISH = "Broadsheet: write and publish, one request"
BEGIN, AFTER = "Broadsheet: begin a draft", "Broadsheet: publish a draft"


class Cost(NamedTuple):
    """Cost of a kind of request: the median time and the CPU time per request, in seconds."""

    seconds: float
    cpu: float


class Server:
    """A keep-alive connection to a server, and its processes without the background worker."""

    def __init__(self, base: str, pids: set[int], **headers: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
        self._headers = {"Content-Type": "application/json", **headers}
        self._pids = pids

    def post(self, path: str, content: object) -> dict[str, str]:
        """Send JSON; return the response's JSON. Raises RuntimeError for an error status."""
        self._connection.request("POST", path, json.dumps(content), self._headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{path}: {response.status} {body[:300]!r}")
        payload: dict[str, str] = json.loads(body)
        return payload

    def cpu_time(self) -> float:
        """Return the CPU seconds that the server has used so far."""
        return sum(map(processes.worked, self._pids))


def measure(*, count: int) -> None:
    """Measure and record the table.

    Both use SQLite with synchronous=FULL, the default: a response means that the row is on disk.
    The tutorial has SQLite's default journal mode, Broadsheet has WAL; the tutorial is measured
    with WAL too. CPU time excludes the background work after publishing, on the same core.
    """
    source = data.broadsheet(POSTS, median=MEDIAN)
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-", dir=source.parent) as name:
        folder = Path(shutil.copytree(source, Path(name) / "data"))  # a copy, since it is modified
        token, theirs = data.credential(folder, "bench-token"), data.tutorial(folder)
        wal = Path(shutil.copytree(theirs, Path(name) / "wal"))
        threads = data.threads()
        with (
            _started(servers.broadsheet(folder), Authorization=f"Bearer {token}") as us,
            _started(servers.tutorial(theirs, threads=threads)) as them,
            _started(servers.tutorial(wal, threads=threads, TUTORIAL_WAL="1")) as with_wal,
        ):
            costs = _costs(us, them, with_wal, count)
    plain = costs[PLAIN]
    rows = [
        [kind, f"{cost.seconds * 1000:.2f}", f"{cost.cpu * 1000:.2f}",
         f"{plain.seconds / cost.seconds:.2f}", f"{plain.cpu / cost.cpu:.2f}"]
        for kind, cost in costs.items()
    ]  # fmt: skip
    title = f"Writing {LENGTH:,} characters of Markdown over one connection, {count} times, in turn"
    report.record("publish", title, HEAD, rows)


@contextmanager
def _started(server: AbstractContextManager[str], **headers: str) -> Iterator[Server]:
    before = set(processes.family(os.getpid()))
    with server as base:
        yield Server(base, set(processes.answering(os.getpid())) - before, **headers)


def _costs(us: Server, them: Server, with_wal: Server, count: int) -> dict[str, Cost]:
    """Return the cost of each kind of request. Kinds in the same call alternate."""
    posts = _posts()
    drafts: list[str] = []

    def plain(server: Server) -> Callable[[], object]:
        row = {"pub_date": "2026-01-01T00:00:00Z"}
        return lambda: server.post("/myapp/api/posts/", {**next(posts), **row})

    def write(**more: str) -> str:
        return us.post("/api/v1/posts", {**next(posts), "tags": TAGS, **more})["id"]

    return {
        **_in_turn(
            {
                PLAIN: (them, plain(them)),
                WITH_WAL: (with_wal, plain(with_wal)),
                PUBLISH: (us, lambda: write(status="published")),
            },
            count,
        ),
        **_in_turn({BEGIN: (us, lambda: drafts.append(write()))}, count),
        **_in_turn(
            {AFTER: (us, lambda: us.post(f"/api/v1/posts/{drafts.pop()}/publish", {}))}, count
        ),
    }


def _posts() -> Iterator[dict[str, str]]:
    for number, text in enumerate(blocks.texts(random.Random(1), LENGTH)):
        yield {"title": f"Late edition {number}", "content": text}


def _in_turn(kinds: dict[str, tuple[Server, Callable[[], object]]], count: int) -> dict[str, Cost]:
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _server, send in kinds.values():
        for _warmup in range(10):
            send()
    before = {kind: server.cpu_time() for kind, (server, _send) in kinds.items()}
    for _round in range(count):
        for kind, (_server, send) in kinds.items():
            start = time.perf_counter()
            send()
            seconds[kind].append(time.perf_counter() - start)
    return {
        kind: Cost(median(seconds[kind]), (server.cpu_time() - before[kind]) / count)
        for kind, (server, _send) in kinds.items()
    }
