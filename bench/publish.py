"""Publishing through the API, durably, against the tutorials' plain POST of a row."""

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
PLAIN, GIVEN = "the tutorials' POST", "the same, given our journal (WAL)"
PUBLISH = "Broadsheet: write and publish, one request"
BEGIN, AFTER = "Broadsheet: begin a draft", "Broadsheet: publish a draft"


class Spent(NamedTuple):
    """What requests of a kind took: the median of their seconds, the processor's seconds of one."""

    seconds: float
    processor: float


class Server:
    """One kept connection to a server, and the processes that answer; not the background's."""

    def __init__(self, base: str, pids: set[int], **headers: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
        self._headers = {"Content-Type": "application/json", **headers}
        self._pids = pids

    def post(self, path: str, content: object) -> dict[str, str]:
        """Send JSON and return the answer's. Raises RuntimeError for an error."""
        self._connection.request("POST", path, json.dumps(content), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        found: dict[str, str] = json.loads(body)
        return found

    def worked(self) -> float:
        """Return the seconds of the processor that it has used so far."""
        return sum(map(processes.worked, self._pids))


def measure(*, count: int) -> None:
    """Measure, and record the table.

    SQLite with synchronous=FULL on both sides, each default: an answer is on the disk. Their
    journal is the one that SQLite begins with, ours is WAL; they are measured with that too. What
    is done in the background after publishing, on the same core, is not among the processor's time.
    """
    source = data.broadsheet(POSTS, median=MEDIAN)
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-", dir=source.parent) as name:
        folder = Path(shutil.copytree(source, Path(name) / "data"))  # since it is written to
        token, theirs = data.credential(folder, "bench-token"), data.tutorial(folder)
        wal = Path(shutil.copytree(theirs, Path(name) / "wal"))
        threads = data.threads()
        with (
            _started(servers.broadsheet(folder), Authorization=f"Bearer {token}") as us,
            _started(servers.tutorial(theirs, threads=threads)) as them,
            _started(servers.tutorial(wal, threads=threads, TUTORIAL_WAL="1")) as given,
        ):
            spent = _spent(us, them, given, count)
    plain = spent[PLAIN]
    rows = [
        [kind, f"{its.seconds * 1000:.2f}", f"{its.processor * 1000:.2f}",
         f"{plain.seconds / its.seconds:.2f}", f"{plain.processor / its.processor:.2f}"]
        for kind, its in spent.items()
    ]  # fmt: skip
    title = f"Writing {LENGTH:,} characters of Markdown over one connection, {count} times, in turn"
    report.record("publish", title, HEAD, rows)


@contextmanager
def _started(server: AbstractContextManager[str], **headers: str) -> Iterator[Server]:
    before = set(processes.family(os.getpid()))
    with server as base:
        yield Server(base, set(processes.answering(os.getpid())) - before, **headers)


def _spent(us: Server, them: Server, given: Server, count: int) -> dict[str, Spent]:
    """Return what each kind of request took. Those of one line were sent in turn."""
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
                GIVEN: (given, plain(given)),
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


def _in_turn(kinds: dict[str, tuple[Server, Callable[[], object]]], count: int) -> dict[str, Spent]:
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _server, ask in kinds.values():
        for _warm in range(10):
            ask()
    before = {kind: server.worked() for kind, (server, _ask) in kinds.items()}
    for _each in range(count):
        for kind, (_server, ask) in kinds.items():
            began = time.perf_counter()
            ask()
            seconds[kind].append(time.perf_counter() - began)
    return {
        kind: Spent(median(seconds[kind]), (server.worked() - before[kind]) / count)
        for kind, (server, _ask) in kinds.items()
    }
