"""Readers while somebody attacks: `python -m bench.attack [KIND …]`, p99 with and without.

The server has one core. Readers and attackers share the other one, where attackers run when nobody
else does, so that what is measured is the server. Needs `ulimit -n` of more than 10,000.
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
from typing import NamedTuple
from urllib.parse import urlsplit

from bench import data, report, servers
from bench.load import CLIENT_CORE
from broadsheet.lib.keyset import Cursor

READERS, PER_SECOND = 8, 200  # kept connections, and pages a second of all together
ATTACKERS, DRIPPING = 16, 10_000  # connections
POSTS, MEDIAN = 1_000, 2_500

type Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
type Asked = Iterator[tuple[str, str]]  # paths, and further headers


def _request(path: str, more: str = "", address: str = "8.8.8.8") -> bytes:
    """Return a request as a proxy passes it on, which says from which address it came."""
    head = "Host: 127.0.0.1\r\n"
    if address:
        head += f"X-Forwarded-For: {address}\r\n"
    return f"GET {path} HTTP/1.1\r\n{head}{more}\r\n".encode()


def _cursors() -> Iterator[str]:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for number in itertools.count():
        yield str(Cursor(at - dt.timedelta(seconds=number), uuid.UUID(int=number)))


def _each(path: str) -> Callable[[], Asked]:
    """Return what asks for a path with another number each time."""
    return lambda: ((path.format(number), "") for number in itertools.count())


def _long(length: int) -> Callable[[], Asked]:
    """Return what asks with so many bytes in a header."""
    return lambda: itertools.repeat(("/", f"X: {'a' * length}\r\n"))


#: The floods: one request after another on each connection.
FLOODS: dict[str, Callable[[], Asked]] = {
    "unknown parameters": _each("/?x={}"),
    "pages that are not there": _each("/not-{}"),
    "pages that are there, each another": lambda: ((f"/?after={c}", "") for c in _cursors()),
    "searches, each another": _each("/search?q=w{}"),
    "300 KB of headers": _long(300_000),
    "a megabyte of headers": _long(1_000_000),
}
#: Whom the floods come from, as the proxy in front says.
ADDRESSES: dict[str, Callable[[], Iterator[str]]] = {
    "one": lambda: itertools.repeat("9.9.9.9"),
    "1,000": lambda: itertools.cycle(f"9.9.{n >> 8}.{n & 255}" for n in range(1_000)),
    "unknown": lambda: itertools.repeat(""),
}
DRIP, SLOW = "10,000 connections dripping", "10,000 connections sending slowly"


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
    request = _request(path, "Accept-Encoding: gzip, deflate, br, zstd\r\n")  # as browsers do
    async with _line(port) as line:
        due = time.perf_counter()
        while (due := due + READERS / PER_SECOND) < until:
            await asyncio.sleep(due - time.perf_counter())
            before = time.perf_counter()
            if await _ask(line, request) == 200:
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


async def _flood(port: int, requests: Iterator[bytes]) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):  # a server may hang up on them
            async with _line(port) as line:
                for request in requests:
                    await _ask(line, request)


async def _drip(port: int, begin: str, seconds: float) -> None:
    """Send the beginning of a request, and then a byte now and then, for ever."""
    while True:
        with suppress(OSError):
            async with _line(port) as (_reader, writer):
                writer.write(f"{begin} / HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode())
                writer.write(b"X: " if begin == "GET" else b"Content-Length: 100000\r\n\r\n")
                while not writer.is_closing():
                    await asyncio.sleep(seconds)
                    writer.write(b"a")
        await asyncio.sleep(1)


async def attack(kind: str, whose: str, port: int) -> None:
    """Attack until this process is ended."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    if kind in {DRIP, SLOW}:
        begin = "GET" if kind == DRIP else "POST"
        await asyncio.gather(*(_drip(port, begin, 5) for _ in range(DRIPPING)))
    else:
        asked = zip(FLOODS[kind](), ADDRESSES[whose](), strict=False)
        requests = (_request(path, more, address) for (path, more), address in asked)
        await asyncio.gather(*(_flood(port, requests) for _ in range(ATTACKERS)))


@contextmanager
def _attacked(kind: str, whose: str, port: int) -> Iterator[None]:
    command = ["taskset", "-c", CLIENT_CORE, sys.executable, "-m", "bench.attack"]
    process = subprocess.Popen(
        [*command, "--attack", str(port), "--from", whose, kind], cwd=servers.ROOT
    )
    try:
        time.sleep(8)  # until all are connected, or what was saved is used up
        yield
    finally:
        process.kill()
        process.wait()


class Times(NamedTuple):
    """In milliseconds, what half of the answers took at most, and what 99 of 100 did."""

    median: float
    p99: float


def _times(port: int, seconds: float) -> Times:
    times = asyncio.run(_readers(port, "/", seconds))
    if len(times) < 2:
        return Times(float("inf"), float("inf"))
    cuts = statistics.quantiles(times, n=100)
    return Times(cuts[49], cuts[98])


def _middle(some: list[Times]) -> Times:
    return Times(*(statistics.median(column) for column in zip(*some, strict=True)))


def _one(kind: str, whose: str, port: int, seconds: float, rounds: int) -> dict[str, Times]:
    """Measure before, during and after an attack, some times over."""
    before, under, after = [], [], []
    for _ in range(rounds):
        before.append(_times(port, seconds))
        with _attacked(kind, whose, port):
            under.append(_times(port, seconds))
        time.sleep(1)  # until the server has put the connections away
        after.append(_times(port, seconds))
    return {"before": _middle(before), "during": _middle(under), "after": _middle(after)}


def measure(kinds: list[str], whose: list[str], *, seconds: float, rounds: int) -> None:
    """Measure each kind against the quiet around it, and record the table."""
    folder = data.broadsheet(POSTS, median=MEDIAN)
    rows: list[list[str]] = []
    for kind, one in itertools.product(kinds, whose):
        if kind in {DRIP, SLOW} and one != whose[0]:
            continue
        with servers.broadsheet(folder, BROADSHEET_PROXIES="1") as base:
            port = urlsplit(base).port or 0
            _times(port, 1)
            times = _one(kind, one, port, seconds, rounds)
        medians = [f"{some.median:.2f}" for some in times.values()]
        p99s = [f"{some.p99:.2f}" for some in times.values()]
        quiet = (times["before"].p99 + times["after"].p99) / 2
        rows.append([kind, one, *medians, *p99s, f"{times['during'].p99 / quiet:.1f}"])
    spans = ("before", "during", "after")
    head = (
        "attack",
        "from",
        *(f"median {s}" for s in spans),
        *(f"p99 {s}" for s in spans),
        "ratio",
    )
    title = (
        f"Readers of the home page, {PER_SECOND} a second, ms: medians of {rounds} x {seconds} s"
    )
    report.record("attack", title, head, rows)


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join([DRIP, SLOW, *FLOODS]))
    parser.add_argument("--attack", type=int, metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--from", dest="whose", action="append", choices=ADDRESSES)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.attack:
        asyncio.run(attack(options.kinds[0], options.whose[0], options.attack))
    else:
        os.sched_setaffinity(0, {int(CLIENT_CORE)})
        kinds, whose = options.kinds or [DRIP, SLOW, *FLOODS], options.whose or list(ADDRESSES)
        measure(kinds, whose, seconds=options.seconds, rounds=options.rounds)
