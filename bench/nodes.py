"""Misses of one node and of two: `python -m bench nodes --postgresql ADDRESS`.

Two cores are too few for two nodes, PostgreSQL, nginx and the load. So each node gets a quarter of
a core, as if it were a small machine, and what the others take is said; wrk has the second core.
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
from bench.load import Question, compare

POSTS, MEDIAN = 1_000, 2_500
#: What each node may use, of a core.
SHARE = 0.25
SETTINGS = {
    "BROADSHEET_PAGE_CACHE_MB": "0",
    "BROADSHEET_WORKER": "no",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "nodes",
}
HEAD = ("nodes", "requests per second", "p99, ms", "cores: nodes", "PostgreSQL", "nginx", "wrk")


def measure(*, rounds: int, seconds: int, addresses: Sequence[str]) -> None:
    """Measure the uncached home page of one node and of two; record the table."""
    if len(addresses) != 1:
        print("nodes: needs an empty database, --postgresql ADDRESS", file=sys.stderr)
        return
    [address] = addresses
    folder = data.broadsheet(POSTS, median=MEDIAN, database=address)
    settings = {**SETTINGS, "DATABASE_URL": address}
    rows: list[list[str]] = []
    rates: dict[str, float] = {}
    with ExitStack() as stack:
        nodes = [stack.enter_context(_node(one, settings)) for one in _folders(stack, folder)]
        database = _database(address)
        for count in (1, 2):
            front = stack.enter_context(_front([node.base for node in nodes[:count]]))
            parts = {
                "nodes": [pid for node in nodes for pid in node.pids],
                "PostgreSQL": database,
                "nginx": front.pids,
            }
            before = {name: _worked(pids) for name, pids in parts.items()}
            before["wrk"] = _of_those_that_ended()
            question = Question(f"{front.base}/")
            rate = compare({"home": question}, rounds=rounds, seconds=seconds)["home"]
            spent = 1 + rounds * seconds  # the first second warms up
            used = [(_worked(pids) - before[name]) / spent for name, pids in parts.items()]
            used.append((_of_those_that_ended() - before["wrk"]) / spent)
            rates[str(count)] = rate.per_second
            cells = [f"{rate.per_second:,.0f}", f"{rate.p99_ms:.0f}"]
            rows.append([str(count), *cells, *(f"{cores:.2f}" for cores in used)])
    rows.append(["two / one", f"{rates['2'] / rates['1']:.2f}", *[""] * (len(HEAD) - 2)])
    title = f"The uncached home page, PostgreSQL, {SHARE} of a core for each node"
    report.record("nodes", title, HEAD, rows)


class Started(NamedTuple):
    """A server that was started: where it answers, and its processes."""

    base: str
    pids: list[int]


def _folders(stack: ExitStack, first: Path) -> Iterator[Path]:
    yield first
    yield Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="broadsheet-bench-")))


@contextmanager
def _started(server: AbstractContextManager[str]) -> Iterator[Started]:
    """Start a server, and find its processes by what was there before."""
    before = {*processes.family(os.getpid())}
    with server as base:
        yield Started(base, [one for one in processes.family(os.getpid()) if one not in before])


@contextmanager
def _node(folder: Path, settings: Mapping[str, str]) -> Iterator[Started]:
    with (
        _started(servers.broadsheet(folder, **settings)) as node,
        share.limited(node.pids, SHARE),
    ):
        yield node


@contextmanager
def _front(bases: Sequence[str]) -> Iterator[Started]:
    """Run nginx before nodes, which answer in turn."""
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


def _database(address: str) -> list[int]:
    """Return PostgreSQL's processes, which are on this machine."""
    with psycopg.connect(address) as connection:
        [pid] = connection.execute("SELECT pg_backend_pid()").fetchone() or [0]
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return [parent]


def _of_those_that_ended() -> float:
    """Return the processor's seconds of what this process has started and seen end: wrk."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _worked(pids: Sequence[int]) -> float:
    """Return the processor's seconds of processes and of those that they have started."""
    families = {
        one for pid in pids if Path(f"/proc/{pid}").exists() for one in processes.family(pid)
    }
    return sum(map(processes.worked, families))
