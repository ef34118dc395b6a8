"""Latency of pages, logins and saves during an attack with data: `python -m bench.untrusted`.

At the same time, twenty clients upload images and twenty save texts that are expensive to process,
and 200 or 1,000 clients send request bodies very slowly; with one and with two server processes.
The server has one core; the measuring and the attacking clients share the other one.
"""

import argparse
import asyncio
import http.client
import json
import os
import re
import resource
import statistics
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bench import data, report, servers
from bench.load import CLIENT_CORE
from bench.data import credential

POSTS, MEDIAN = 1_000, 2_500
UPLOADERS, WRITERS, SLOW = 20, 20, (200, 1_000)
PASSWORD = "a long password for a bench"
_IP_NUMBERS = count(1_000)


def scans(size: int = 7_000, times: int = 90) -> bytes:
    """Return a grey progressive JPEG with many empty scans, each of which costs a pass."""

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    blocks = ((size + 7) // 8) ** 2
    table = bytes([1]) + bytes(15)  # one code of one bit
    start = b"\xff\xd8" + segment(0xDB, b"\0" + b"\x01" * 64)
    start += segment(0xC2, struct.pack(">BHHBBBB", 8, size, size, 1, 1, 0x11, 0))
    start += segment(0xC4, b"\x00" + table + b"\0") + segment(0xC4, b"\x10" + table + b"\xe0")
    dc = segment(0xDA, b"\x01\x01\x00\x00\x00\x00") + bytes((blocks + 7) // 8)
    runs = blocks // 16_384 + 1  # end-of-band runs: the symbol and fourteen zeros
    ac = segment(0xDA, b"\x01\x01\x00\x01\x3f\x00") + bytes((runs * 15 + 7) // 8)
    return start + dc + ac * times + b"\xff\xd9"


def plain(size: int = 7_000) -> bytes:
    """Return a PNG of 49 million pixels of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    rows = zlib.compress(bytes(size * 3 + 1) * size, 9)
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


TEXTS = (
    "![a" + '](x" width="' * 20_000,
    "```py\nx = 1\n```\n" * 15_000,
    "![a](b) *c* " * 20_000,
    "# a\n" * 2_400 + "a@b.c " * 40_000,
)


def _send(connection: http.client.HTTPConnection, method: str, path: str, **more: object) -> int:
    connection.request(method, path, **more)  # type: ignore[arg-type]
    response = connection.getresponse()
    response.read()
    return response.status


def _client_ip(number: int | None = None) -> dict[str, str]:
    number = next(_IP_NUMBERS) if number is None else number
    return {"X-Forwarded-For": f"9.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


def _upload(port: int, token: str, image: bytes, number: int) -> int:
    edge = "edge-of-a-form"
    name = "a.png" if image.startswith(b"\x89") else "a.jpg"
    form = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    body = form + image + f"\r\n--{edge}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}", **_token(token, number)}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        return _send(connection, "POST", "/api/v1/images", body=body, headers=headers)
    finally:
        connection.close()


def _token(token: str, number: int | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **_client_ip(number)}


def _save(
    connection: http.client.HTTPConnection, token: str, content: str, number: int | None = None
) -> int:
    body = json.dumps({"title": "Bench", "content": content})
    headers = {"Content-Type": "application/json", **_token(token, number)}
    return _send(connection, "POST", "/api/v1/posts", body=body, headers=headers)


def _repeat(work: Callable[[], int], counts: dict[int, int]) -> None:
    while True:
        with suppress(OSError, http.client.HTTPException):
            status = work()
            counts[status] = counts.get(status, 0) + 1
            if status in {429, 503}:
                time.sleep(1)


async def _drip(port: int) -> None:
    """Send the head of a POST, then a byte of the body every five seconds; repeat forever."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
            writer.write(head.encode())
            while not reader.at_eof() and not writer.is_closing():
                await asyncio.sleep(5)
                writer.write(b"a")
                await writer.drain()
            writer.close()
        await asyncio.sleep(1)


def attack(port: int, token: str, slow: int) -> None:
    """Attack until the process is killed; print the statuses for each line on stdin."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    uploads: dict[int, int] = {}
    saves: dict[int, int] = {}
    images = scans(), plain()
    works: list[tuple[Callable[[], int], dict[int, int]]] = []
    for n in range(UPLOADERS):
        image = images[n % 2]
        works.append((lambda i=image, n=n: _upload(port, token, i, n), uploads))  # type: ignore[misc]
    for n in range(WRITERS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        text = TEXTS[n % len(TEXTS)]
        works.append((lambda li=connection, t=text, n=n: _save(li, token, t, 100 + n), saves))  # type: ignore[misc]
    for work, counts in works:
        threading.Thread(target=_repeat, args=[work, counts], daemon=True).start()

    def print_statuses() -> None:
        for _ in sys.stdin:
            print(json.dumps({"uploads": uploads, "texts": saves}), flush=True)

    threading.Thread(target=print_statuses, daemon=True).start()

    async def drip() -> None:
        await asyncio.gather(asyncio.sleep(1e9), *(_drip(port) for _ in range(slow)))

    asyncio.run(drip())


@contextmanager
def _attacked(port: int, token: str, slow: int) -> Iterator[None]:
    command = ["taskset", "-c", CLIENT_CORE, sys.executable, "-m", "bench.untrusted"]
    process = subprocess.Popen(
        [*command, "--attack", str(port), "--token", token, "--slow", str(slow)],
        cwd=servers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        time.sleep(8)
        yield
        process.stdin.write("\n")
        process.stdin.flush()
        print(f"slow bodies {slow}: answers {process.stdout.readline().strip()}", flush=True)
    finally:
        process.kill()
        process.communicate()


def _log_in(port: int) -> float:
    """Log in; return the seconds of the POST, without those of the login page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = _client_ip()
    connection.request("GET", "/login", headers=headers)
    response = connection.getresponse()
    page = response.read().decode()
    cookies = "; ".join(value.split(";")[0] for value in response.headers.get_all("Set-Cookie", []))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None, page[:500]
    fields = {"csrfmiddlewaretoken": token[1], "login": "benchuser", "password": PASSWORD}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
    start = time.perf_counter()
    status = _send(connection, "POST", "/login", body=urlencode(fields), headers=headers | form)
    seconds = time.perf_counter() - start
    connection.close()
    assert status == 302, status
    return seconds


class Times:
    """Response times in seconds by kind of request, and the failed requests."""

    def __init__(self) -> None:
        self.all: dict[str, list[float]] = {"page": [], "login": [], "save": []}
        self.failed: dict[str, int] = {}

    def note(self, kind: str, work: Callable[[], float]) -> None:
        try:
            self.all[kind].append(work())
        except (OSError, http.client.HTTPException, AssertionError) as error:
            self.failed[f"{kind}: {error!r}"] = self.failed.get(f"{kind}: {error!r}", 0) + 1

    def p99(self, kind: str) -> float:
        return statistics.quantiles(self.all[kind], n=100, method="inclusive")[98]


def _measure(port: int, token: str, seconds: float) -> Times:
    times = Times()
    until = time.perf_counter() + seconds

    def timed(
        connection: http.client.HTTPConnection, expected: int, work: Callable[[], int]
    ) -> float:
        before = time.perf_counter()
        try:
            status = work()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        assert status == expected, status
        return time.perf_counter() - before

    def often(kind: str, pause: float, work: Callable[[], float]) -> None:
        while time.perf_counter() < until:
            times.note(kind, work)
            time.sleep(pause)

    visitor = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    writer = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    page = lambda: timed(visitor, 200, lambda: _send(visitor, "GET", "/"))  # noqa: E731
    save = lambda: timed(writer, 201, lambda: _save(writer, token, "A *short* text."))  # noqa: E731
    threads = [
        threading.Thread(target=often, args=["page", 0.01, page]),
        threading.Thread(target=often, args=["login", 0.2, lambda: _log_in(port)]),
        threading.Thread(target=often, args=["save", 0.1, save]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _prepare(folder: Path) -> None:
    code = (
        "from broadsheet.accounts.models import User; "
        "u, _ = User.objects.get_or_create(username='benchuser', "
        "defaults={'email': 'benchuser@example.org'}); "
        f"u.set_password({PASSWORD!r}); u.save()"
    )
    subprocess.run(
        [sys.executable, "-m", "broadsheet", "shell", "-c", code],
        env={**os.environ, **servers.broadsheet_env(folder)},
        cwd=servers.ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def measure(*, seconds: float, processes: list[int], slow: list[int]) -> None:
    """Measure without and under attack, and record the table."""
    folder = data.broadsheet(POSTS, median=MEDIAN)
    _prepare(folder)
    token = credential(folder, "bench-token")
    rows = []
    for number in processes:
        settings = {"BROADSHEET_PROXIES": "1", "BROADSHEET_PROCESSES": str(number)}
        with servers.broadsheet(folder, **settings) as base:
            port = urlsplit(base).port or 0
            _measure(port, token, 2)
            idle = _measure(port, token, seconds)
            for bodies in slow:
                with _attacked(port, token, bodies):
                    under = _measure(port, token, seconds)
                if under.failed:
                    print(f"{number} processes, {bodies} slow bodies: failed {under.failed}")
                for kind in under.all:
                    before, during = idle.p99(kind), under.p99(kind)
                    name = f"{number} processes, {bodies} slow bodies, {kind}"
                    is_ok = during < 2 * before + 0.5
                    cells = f"{before * 1000:.1f}", f"{during * 1000:.1f}", "yes" if is_ok else "no"
                    rows.append([name, *cells])
                time.sleep(10)
    head = ("request", "p99 at rest, ms", "p99 under attack, ms", "below twice that + 500 ms")
    title = (
        f"{UPLOADERS} hostile uploads, {WRITERS} hostile texts and slow bodies at once, {seconds} s"
    )
    report.record("untrusted", title, head, rows)


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    parser = argparse.ArgumentParser(prog="python -m bench.untrusted", description=__doc__)
    parser.add_argument("--attack", type=int, metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--token", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--slow", type=int, nargs="*", default=list(SLOW))
    options = parser.parse_args()
    if options.attack:
        attack(options.attack, options.token, options.slow[0])
    else:
        os.sched_setaffinity(0, {int(CLIENT_CORE)})
        measure(seconds=options.seconds, processes=options.processes, slow=options.slow)
