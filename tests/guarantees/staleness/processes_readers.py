"""Readers: after an acknowledgement, they read every process with every kind of request."""

import gzip
import random
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import NamedTuple

import brotli

from tests.guarantees.staleness.processes_http import BROKEN, Connection, Reply, Request
from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_world import MARK, ExpectedPage, World

DECODE: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
#: Kinds of requests: method, content coding, and whether with the last ETag.
REQUEST_KINDS = [
    ("GET", "", False), ("GET", "", True), ("GET", "br", False), ("GET", "br", True),
    ("GET", "gzip", False), ("GET", "gzip", True), ("HEAD", "", False), ("HEAD", "br", True),
]  # fmt: skip
_MAX_PAGES = 20_000
_PAUSE = 0.1  # seconds between two reads in the background: the other readers must not wait

type Marks = frozenset[str]


def marks_in(text: bytes) -> Marks:
    """Return the marks that a page shows."""
    return frozenset(match.group().decode() for match in MARK.finditer(text))


class PageMarks:
    """Marks on the pages that readers of all threads have seen, by path and ETag."""

    def __init__(self) -> None:
        self._marks: OrderedDict[tuple[str, str], Marks] = OrderedDict()
        self._lock = threading.Lock()

    def store(self, path: str, reply: Reply) -> Marks:
        """Return the marks of a response with a body, and store them."""
        marks = marks_in(DECODE[reply.headers.get("content-encoding", "")](reply.body))
        if not _digest(reply):
            return marks
        with self._lock:
            self._marks[path, _digest(reply)] = marks
            if len(self._marks) > _MAX_PAGES:
                self._marks.popitem(last=False)
        return marks

    def get(self, path: str, reply: Reply) -> Marks | None:
        """Return the marks of the page with the ETag of a response, or None if it is unknown."""
        return self._marks.get((path, _digest(reply)))


def _digest(reply: Reply) -> str:
    """Return the ETag without the content coding."""
    return reply.headers.get("etag", "").removeprefix("W/").strip('"').partition("-")[0]


class Log:
    """Counts of changes and reads, and stale reads, of all threads."""

    def __init__(self) -> None:
        self.stale: list[str] = []
        self.reads: Counter[str] = Counter()
        self.edits: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return (
            f"{self.edits.total():,} changes, {self.reads.total():,} reads, {len(self.stale)} stale"
        )

    def count_change(self, edit: str) -> None:
        """Count a change."""
        with self._lock:
            self.edits[edit] += 1

    def count_reads(self, exchanges: Iterable["Exchange"]) -> None:
        """Count reads."""
        with self._lock:
            for exchange in exchanges:
                self.reads[f"{exchange.request.method} {exchange.reply.status}"] += 1

    def assert_not_stale(self) -> None:
        """Fail if anything stale was read."""
        assert not self.stale, "\n".join(self.stale[:10])


class Exchange(NamedTuple):
    """A request, its connection and its response."""

    connection: Connection
    request: Request
    reply: Reply


class Reader:
    """One connection to each process of all nodes."""

    def __init__(self, nodes: list[Node], memory: PageMarks, log: Log, rng: random.Random) -> None:
        self._nodes = nodes
        self._memory = memory
        self._log = log
        self._rng = rng
        self._etags: dict[tuple[int, str, str], str] = {}
        self._connections = self._connect()

    def _connect(self) -> list[Connection]:
        return [connection for node in self._nodes for connection in node.connect()]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def reconnect(self) -> None:
        """Connect to the processes that exist now."""
        self.close()
        self._connections = self._connect()

    # --- requests -------------------------------------------------------------------------------

    def read_all(self, paths: Iterable[str]) -> list[Exchange]:
        """Request all `paths` from every process and from nginx at once."""
        return self._send(self._connections, list(paths))

    def _send(self, connections: list[Connection], paths: list[str]) -> list[Exchange]:
        requests = [(one, [self._request(one, path) for path in paths]) for one in connections]
        for connection, own in requests:
            connection.send(own)
        exchanges = [
            Exchange(connection, request, connection.receive(request))
            for connection, own in requests
            for request in own
        ]
        for exchange in exchanges:
            if etag := exchange.reply.headers.get("etag"):
                self._etags[_etag_key(exchange.connection, exchange.request)] = etag
        self._log.count_reads(exchanges)
        return exchanges

    def _request(self, connection: Connection, path: str) -> Request:
        """Return a request of a random kind."""
        method, coding, with_etag = self._rng.choice(REQUEST_KINDS)
        request = Request(method, path, {"Accept-Encoding": coding or "identity"})
        etag = self._etags.get(_etag_key(connection, request))
        if with_etag and etag:
            request.headers["If-None-Match"] = etag
        return request

    def marks(self, exchange: Exchange) -> Marks:
        """Return the marks of the page; fetch it if the response has no body and it is unknown."""
        connection, request, reply = exchange
        if reply.body:
            return self._memory.store(request.path, reply)
        marks = self._memory.get(request.path, reply)
        if marks is None:
            full = connection.send_and_receive(Request("GET", request.path, {}))
            marks = self._memory.store(request.path, full)
        return marks

    # --- checks ---------------------------------------------------------------------------------

    def check(self, expected: dict[str, ExpectedPage], letter: str, what: str) -> None:
        """Assert that every process shows the expected marks of a writer on each path."""
        while True:
            try:
                for exchange in self.read_all(expected):
                    if fault := self._fault(exchange, expected[exchange.request.path], letter):
                        self._log.stale.append(
                            f"{what}: {exchange.request}, PID {exchange.connection.pid}: {fault}"
                        )
            except BROKEN:  # a process was killed: read all again
                time.sleep(0.01)
                self.reconnect()
            else:
                return

    def _fault(self, exchange: Exchange, seen: ExpectedPage, letter: str) -> str:
        reply = exchange.reply
        status = 200 if reply.status == 304 else reply.status
        if status != seen.status:
            return f"{reply.status} instead of {seen.status}"
        if status != 200:
            location = reply.headers.get("location", "")
            return "" if location.endswith(seen.location) else f"redirects to {location}"
        marks = {mark for mark in self.marks(exchange) if mark[1] == letter}
        missing, old = seen.must - marks, marks - seen.must - seen.may
        return f"{reply.status} lacks {sorted(missing)}, shows {sorted(old)}" * bool(missing or old)


def _etag_key(connection: Connection, request: Request) -> tuple[int, str, str]:
    """Return the key under which an ETag is stored."""
    return connection.port, request.path, request.headers["Accept-Encoding"]


class BackgroundReader(threading.Thread):
    """Reads random pages from all processes all the time: a page never becomes older again."""

    def __init__(
        self, reader: Callable[[], Reader], worlds: list[World], log: Log, stop: threading.Event
    ) -> None:
        super().__init__()
        self._reader = reader
        self._worlds = {world.letter: world for world in worlds}
        self._log = log
        self._stopping = stop
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._read()
        except BaseException as error:
            self.error = error

    def _read(self) -> None:
        rng = random.Random(1)
        with closing(self._reader()) as reader:
            while not self._stopping.is_set():
                world = rng.choice(list(self._worlds.values()))
                path = rng.choice(world.paths)
                floors = {letter: dict(one.floors) for letter, one in self._worlds.items()}
                try:
                    marks_of_replies = [
                        reader.marks(exchange)
                        for exchange in reader.read_all([path])
                        if exchange.reply.status in {200, 304}
                    ]
                except BROKEN:
                    time.sleep(0.01)
                    reader.reconnect()
                    continue
                self._check(path, marks_of_replies, floors)
                self._stopping.wait(_PAUSE)

    def _check(
        self, path: str, marks_of_replies: Iterable[Marks], floors: dict[str, dict[str, int]]
    ) -> None:
        for marks in marks_of_replies:
            for mark in marks:
                letter, place, number = parse_mark(mark)
                world = self._worlds[letter]
                lowest = min(floors[letter].get(place, 0), world.floors.get(place, 0))
                if number < lowest:
                    self._log.stale.append(f"{path} shows {mark} after {lowest} was seen")
                world.raise_floor(place, number)


def parse_mark(mark: str) -> tuple[str, str, int]:
    """Return the writer's letter, the place and the number of a mark."""
    match = MARK.fullmatch(mark.encode())
    assert match is not None
    letter, place, number = (part.decode() for part in match.groups())
    return letter, place, int(number)
