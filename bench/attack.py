"""Latency of pages with and without an attack: `python -m bench.attack [KIND …]`.

The server has one core. Visitors and attackers share the other one; attackers run at idle priority
there, so that only the server slows visitors down. Needs `ulimit -n` of more than 10,000.
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

VISITORS, PER_SECOND = 8, 200  # keep-alive connections; pages per second in total
ATTACKERS, DRIPPING = 16, 10_000  # connections
POSTS, MEDIAN = 1_000, 2_500

type Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
type Requests = Iterator[tuple[str, str]]  # paths, and further headers


def _request(path: str, headers: str = "", ip: str = "8.8.8.8") -> bytes:
    """Return a request as a proxy forwards it, with the client's IP address."""
    head = "Host: 127.0.0.1\r\n"
    if ip:
        head += f"X-Forwarded-For: {ip}\r\n"
    return f"GET {path} HTTP/1.1\r\n{head}{headers}\r\n".encode()


def _cursors() -> Iterator[str]:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for number in itertools.count():
        yield str(Cursor(at - dt.timedelta(seconds=number), uuid.UUID(int=number)))


def _each(path: str) -> Callable[[], Requests]:
    """Return a generator of requests for a path with a different number each time."""
    return lambda: ((path.format(number), "") for number in itertools.count())


def _long(length: int) -> Callable[[], Requests]:
    """Return a generator of requests with a header of `length` bytes."""
    return lambda: itertools.repeat(("/", f"X: {'a' * length}\r\n"))


#: Floods: one request after another on each connection.
FLOODS: dict[str, Callable[[], Requests]] = {
    "unknown parameters": _each("/?x={}"),
    "pages that are not there": _each("/not-{}"),
    "pages that are there, each another": lambda: ((f"/?after={c}", "") for c in _cursors()),
    "searches, each another": _each("/search?q=w{}"),
    "300 KB of headers": _long(300_000),
    "a megabyte of headers": _long(1_000_000),
}
#: Client IP addresses of the floods, as the proxy reports them.
IP_ADDRESSES: dict[str, Callable[[], Iterator[str]]] = {
    "one": lambda: itertools.repeat("9.9.9.9"),
    "1,000": lambda: itertools.cycle(f"9.9.{n >> 8}.{n & 255}" for n in range(1_000)),
    "unknown": lambda: itertools.repeat(""),
}
DRIP, SLOW = "10,000 connections dripping", "10,000 connections sending slowly"


@asynccontextmanager
async def _connect(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _send(connection: Connection, request: bytes) -> int:
    """Send a request, read the whole response, and return its status."""
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
    await reader.readexactly(int(length or 0))
    return int(head.split(b" ", 2)[1])


async def _read(port: int, path: str, until: float, times: list[float]) -> None:
    """Request a page at regular intervals; append the milliseconds of each response to `times`."""
    request = _request(path, "Accept-Encoding: gzip, deflate, br, zstd\r\n")  # as browsers do
    async with _connect(port) as connection:
        due = time.perf_counter()
        while (due := due + VISITORS / PER_SECOND) < until:
            await asyncio.sleep(due - time.perf_counter())
            start = time.perf_counter()
            if await _send(connection, request) == 200:
                times.append((time.perf_counter() - start) * 1000)


async def _visit(port: int, path: str, seconds: float) -> list[float]:
    """Run all visitors; return the milliseconds of their responses."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    visits = (_read(port, path, until, times) for _ in range(VISITORS))
    limited = (asyncio.wait_for(visit, seconds + 30) for visit in visits)
    results = await asyncio.gather(*limited, return_exceptions=True)
    errors = [error for error in results if error is not None]
    if errors:
        print(f"{len(errors)} of {VISITORS} visitors lost their connection: {errors[0]!r}")
    return times


async def _flood(port: int, requests: Iterator[bytes]) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):  # the server may close the connection
            async with _connect(port) as connection:
                for request in requests:
                    await _send(connection, request)


async def _drip(port: int, begin: str, seconds: float) -> None:
    """Send the beginning of a request, then a byte every `seconds`; repeat forever."""
    while True:
        with suppress(OSError):
            async with _connect(port) as (_reader, writer):
                writer.write(f"{begin} / HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode())
                writer.write(b"X: " if begin == "GET" else b"Content-Length: 100000\r\n\r\n")
                while not writer.is_closing():
                    await asyncio.sleep(seconds)
                    writer.write(b"a")
        await asyncio.sleep(1)


async def attack(kind: str, whose: str, port: int) -> None:
    """Attack until the process is killed."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    if kind in {DRIP, SLOW}:
        begin = "GET" if kind == DRIP else "POST"
        await asyncio.gather(*(_drip(port, begin, 5) for _ in range(DRIPPING)))
    else:
        pairs = zip(FLOODS[kind](), IP_ADDRESSES[whose](), strict=False)
        requests = (_request(path, headers, ip) for (path, headers), ip in pairs)
        await asyncio.gather(*(_flood(port, requests) for _ in range(ATTACKERS)))


@contextmanager
def _attacked(kind: str, whose: str, port: int) -> Iterator[None]:
    command = ["taskset", "-c", CLIENT_CORE, sys.executable, "-m", "bench.attack"]
    process = subprocess.Popen(
        [*command, "--attack", str(port), "--from", whose, kind], cwd=servers.ROOT
    )
    try:
        time.sleep(8)  # until all are connected, or the rate limit's burst is used up
        yield
    finally:
        process.kill()
        process.wait()


class Times(NamedTuple):
    """Median and p99 of the response times in milliseconds."""

    median: float
    p99: float


def _times(port: int, seconds: float) -> Times:
    times = asyncio.run(_visit(port, "/", seconds))
    if len(times) < 2:
        return Times(float("inf"), float("inf"))
    cuts = statistics.quantiles(times, n=100)
    return Times(cuts[49], cuts[98])


def _median(rounds: list[Times]) -> Times:
    return Times(*(statistics.median(column) for column in zip(*rounds, strict=True)))


def _one(kind: str, whose: str, port: int, seconds: float, rounds: int) -> dict[str, Times]:
    """Measure before, during and after an attack; return the medians of `rounds` runs."""
    before, under, after = [], [], []
    for _ in range(rounds):
        before.append(_times(port, seconds))
        with _attacked(kind, whose, port):
            under.append(_times(port, seconds))
        time.sleep(1)  # until the server has closed the connections
        after.append(_times(port, seconds))
    return {"before": _median(before), "during": _median(under), "after": _median(after)}


def measure(kinds: list[str], whose: list[str], *, seconds: float, rounds: int) -> None:
    """Compare each kind of attack with the time before and after it, and record the table."""
    folder = data.broadsheet(POSTS, median=MEDIAN)
    rows: list[list[str]] = []
    for kind, one in itertools.product(kinds, whose):
        if kind in {DRIP, SLOW} and one != whose[0]:
            continue
        with servers.broadsheet(folder, BROADSHEET_PROXIES="1") as base:
            port = urlsplit(base).port or 0
            _times(port, 1)
            times = _one(kind, one, port, seconds, rounds)
        medians = [f"{each.median:.2f}" for each in times.values()]
        p99s = [f"{each.p99:.2f}" for each in times.values()]
        baseline = (times["before"].p99 + times["after"].p99) / 2
        rows.append([kind, one, *medians, *p99s, f"{times['during'].p99 / baseline:.1f}"])
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
    parser.add_argument("--from", dest="whose", action="append", choices=IP_ADDRESSES)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.attack:
        asyncio.run(attack(options.kinds[0], options.whose[0], options.attack))
    else:
        os.sched_setaffinity(0, {int(CLIENT_CORE)})
        kinds, whose = options.kinds or [DRIP, SLOW, *FLOODS], options.whose or list(IP_ADDRESSES)
        measure(kinds, whose, seconds=options.seconds, rounds=options.rounds)
