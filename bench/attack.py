"""Readers while somebody attacks: `python -m bench.attack [KIND …]`, p99 with and without.

The server has one core. Readers and attackers share the other one, where attackers run at the
lowest priority, so that what is measured is the server. Needs `ulimit -n` of more than 10,000.
"""

import argparse
import asyncio
import datetime as dt
import itertools
import os
import resource
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import urlsplit

from bench import data, report, servers
from bench.load import CLIENT_CORE
from broadsheet.lib.cursor import Cursor

READERS, PER_SECOND = 8, 200  # kept connections, and pages a second of all together
ATTACKERS, DRIPPING = 16, 10_000  # connections
POSTS, MEDIAN = 1_000, 2_500

type Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
type Requests = Iterator[bytes]


def _request(path: str, more: str = "") -> bytes:
    """Return a request as a proxy passes it on."""
    head = "Host: 127.0.0.1\r\nX-Forwarded-For: 9.9.9.9\r\n"
    return f"GET {path} HTTP/1.1\r\n{head}{more}\r\n".encode()


def _cursors() -> Iterator[str]:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for number in itertools.count():
        yield str(Cursor(at - dt.timedelta(seconds=number), uuid.UUID(int=number)))


#: The floods: one request after another on each connection.
FLOODS: dict[str, Callable[[], Requests]] = {
    "unknown parameters": lambda: (_request(f"/?x={n}") for n in itertools.count()),
    "pages that are not there": lambda: (_request(f"/not-{n}") for n in itertools.count()),
    "cursors, each another": lambda: (_request(f"/?after={cursor}") for cursor in _cursors()),
    "searches, each another": lambda: (_request(f"/search?q=w{n}") for n in itertools.count()),
    "300 KB of headers": lambda: itertools.repeat(_request("/", f"X: {'a' * 300_000}\r\n")),
    "a megabyte of headers": lambda: itertools.repeat(_request("/", f"X: {'a' * 1_000_000}\r\n")),
}
DRIP = "10,000 connections dripping"


@asynccontextmanager
async def _line(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _ask(line: Line, request: bytes) -> int:
    """Return the status of the answer, once all of it is here."""
    reader, writer = line
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
    await reader.readexactly(int(length or 0))
    return int(head.split(b" ", 2)[1])


async def _read(port: int, path: str, until: float, times: list[float]) -> None:
    """Ask for a page at even intervals, and note how many milliseconds each answer took."""
    async with _line(port) as line:
        due = time.perf_counter()
        while (due := due + READERS / PER_SECOND) < until:
            await asyncio.sleep(due - time.perf_counter())
            before = time.perf_counter()
            if await _ask(line, _request(path)) == 200:
                times.append((time.perf_counter() - before) * 1000)


async def _readers(port: int, path: str, seconds: float) -> list[float]:
    times: list[float] = []
    until = time.perf_counter() + seconds
    asked = (_read(port, path, until, times) for _ in range(READERS))
    waited = (asyncio.wait_for(one, seconds + 30) for one in asked)
    failed = [e for e in await asyncio.gather(*waited, return_exceptions=True) if e is not None]
    if failed:
        print(f"{len(failed)} of {READERS} readers lost their connection: {failed[0]!r}")
    return times


async def _flood(port: int, requests: Requests) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):  # a server may hang up on them
            async with _line(port) as line:
                for request in requests:
                    await _ask(line, request)


async def _drip(port: int, seconds: float) -> None:
    """Send the beginning of a request, and then a byte now and then, for ever."""
    while True:
        with suppress(OSError):
            async with _line(port) as (_reader, writer):
                writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
                while not writer.is_closing():
                    await asyncio.sleep(seconds)
                    writer.write(b"a")
        await asyncio.sleep(1)


async def attack(kind: str, port: int) -> None:
    """Attack until this process is ended."""
    os.nice(19)
    if kind == DRIP:
        await asyncio.gather(*(_drip(port, 5) for _ in range(DRIPPING)))
    else:
        requests = FLOODS[kind]()
        await asyncio.gather(*(_flood(port, requests) for _ in range(ATTACKERS)))


@contextmanager
def _attacked(kind: str, port: int) -> Iterator[None]:
    command = ["taskset", "-c", CLIENT_CORE, sys.executable, "-m", "bench.attack"]
    process = subprocess.Popen([*command, "--attack", str(port), kind], cwd=servers.ROOT)
    try:
        time.sleep(8)  # until all are connected, or what was saved is used up
        yield
    finally:
        process.kill()
        process.wait()


def measure(kinds: list[str], *, seconds: float, rounds: int) -> None:
    """Measure each kind against the quiet before it, print a table and keep the figures."""
    folder = data.broadsheet(POSTS, median=MEDIAN)
    rows: list[list[str]] = []
    figures: dict[str, dict[str, float]] = {}
    with servers.broadsheet(folder, BROADSHEET_PROXIES="1") as base:
        port = urlsplit(base).port or 0

        def p99() -> float:
            times = asyncio.run(_readers(port, "/", seconds))
            return statistics.quantiles(times, n=100)[98] if len(times) > 1 else float("inf")

        p99()
        for kind in kinds:
            quiet, under = [], []
            for _ in range(rounds):
                quiet.append(p99())
                with _attacked(kind, port):
                    under.append(p99())
            a, b = statistics.median(quiet), statistics.median(under)
            figures[kind] = {"quiet": a, "attacked": b}
            rows.append([kind, f"{a:.2f}", f"{b:.2f}", f"{b / a:.1f}"])
    head = ("attack", "p99 ms without", "with", "ratio")
    report.show("attack", f"Readers of the home page, {PER_SECOND} a second", head, rows)
    report.keep("attack", figures)


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join([DRIP, *FLOODS]))
    parser.add_argument("--attack", type=int, metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.attack:
        asyncio.run(attack(options.kinds[0], options.attack))
    else:
        os.sched_setaffinity(0, {int(CLIENT_CORE)})
        kinds = options.kinds or [DRIP, *FLOODS]
        measure(kinds, seconds=options.seconds, rounds=options.rounds)
