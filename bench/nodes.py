"""Misses of one node and of two: `python -m bench nodes --postgresql URL`.

Two cores are too few for two nodes, PostgreSQL, nginx and the load. So each node is limited to a
quarter of a core, and the table lists the CPU usage of the other programs; wrk has the second core.
"""

import os
import resource
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg

from bench import data, nginx, processes, report, servers, share
from bench.load import Request, compare

POSTS, MEDIAN = 1_000, 2_500
#: Limit of each node: the fraction of a core.
SHARE = 0.25
SETTINGS = {
    "BROADSHEET_PAGE_CACHE_MB": "0",
    "BROADSHEET_WORKER": "no",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "nodes",
}
HEAD = ("nodes", "requests per second", "p99, ms", "cores: nodes", "PostgreSQL", "nginx", "wrk")


def measure(*, rounds: int, seconds: int, databases: Sequence[str]) -> None:
    """Measure the uncached home page of one node and of two; record the table."""
    if len(databases) != 1:
        print("nodes: needs an empty database, --postgresql URL", file=sys.stderr)
        return
    [database] = databases
    folder = data.broadsheet(POSTS, median=MEDIAN, database=database)
    settings = {**SETTINGS, "DATABASE_URL": database}
    rows: list[list[str]] = []
    rates: dict[str, float] = {}
    with ExitStack() as stack:
        nodes = [stack.enter_context(_node(path, settings)) for path in _folders(stack, folder)]
        postgresql = _postgresql_pids(database)
        for count in (1, 2):
            front = stack.enter_context(_front([node.base for node in nodes[:count]]))
            parts = {
                "nodes": [pid for node in nodes for pid in node.pids],
                "PostgreSQL": postgresql,
                "nginx": front.pids,
            }
            before = {name: _cpu_time(pids) for name, pids in parts.items()}
            before["wrk"] = _cpu_time_of_ended_children()
            request = Request(f"{front.base}/")
            rate = compare({"home": request}, rounds=rounds, seconds=seconds)["home"]
            elapsed = 1 + rounds * seconds  # the first second warms up
            used = [(_cpu_time(pids) - before[name]) / elapsed for name, pids in parts.items()]
            used.append((_cpu_time_of_ended_children() - before["wrk"]) / elapsed)
            rates[str(count)] = rate.per_second
            cells = [f"{rate.per_second:,.0f}", f"{rate.p99_ms:.0f}"]
            rows.append([str(count), *cells, *(f"{cores:.2f}" for cores in used)])
    rows.append(["two / one", f"{rates['2'] / rates['1']:.2f}", *[""] * (len(HEAD) - 2)])
    title = f"The uncached home page, PostgreSQL, {SHARE} of a core for each node"
    report.record("nodes", title, HEAD, rows)


class RunningServer(NamedTuple):
    """The base URL and the processes of a running server."""

    base: str
    pids: list[int]


def _folders(stack: ExitStack, first: Path) -> Iterator[Path]:
    yield first
    yield Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="broadsheet-bench-")))


@contextmanager
def _started(server: AbstractContextManager[str]) -> Iterator[RunningServer]:
    """Run a server; its processes are the new descendants of this process."""
    before = {*processes.family(os.getpid())}
    with server as base:
        pids = [pid for pid in processes.family(os.getpid()) if pid not in before]
        yield RunningServer(base, pids)


@contextmanager
def _node(folder: Path, settings: Mapping[str, str]) -> Iterator[RunningServer]:
    with (
        _started(servers.broadsheet(folder, **settings)) as node,
        share.limited(node.pids, SHARE),
    ):
        yield node


@contextmanager
def _front(bases: Sequence[str]) -> Iterator[RunningServer]:
    """Run nginx as a load balancer (round robin) in front of the nodes."""
    port = servers.free_port()
    upstream = "".join(f"server {urlsplit(base).netloc};" for base in bases)
    site = (
        f"upstream nodes {{ {upstream} keepalive 32; }} server {{ listen 127.0.0.1:{port};"
        ' location / { proxy_http_version 1.1; proxy_set_header Connection "";'
        " proxy_pass http://nodes; } }"
    )
    url = f"http://127.0.0.1:{port}"
    with (
        tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as folder,
        _started(_at(url, nginx.running_with(Path(folder), site, url))) as front,
    ):
        yield front


@contextmanager
def _at(url: str, server: AbstractContextManager[None]) -> Iterator[str]:
    with server:
        yield url


def _postgresql_pids(database: str) -> list[int]:
    """Return the main process of PostgreSQL, which must run on this machine."""
    with psycopg.connect(database) as connection:
        [pid] = connection.execute("SELECT pg_backend_pid()").fetchone() or [0]
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return [parent]


def _cpu_time_of_ended_children() -> float:
    """Return the CPU seconds of ended child processes, which are those of wrk."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cpu_time(pids: Sequence[int]) -> float:
    """Return the CPU seconds of processes and their descendants."""
    families = {
        member for pid in pids if Path(f"/proc/{pid}").exists() for member in processes.family(pid)
    }
    return sum(map(processes.worked, families))
