"""Readers: after an acknowledgement every process is asked, in every way there is to ask."""

import gzip
import random
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import NamedTuple

import brotli

from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_wire import BROKEN, Connection, Reply, Request
from tests.guarantees.staleness.processes_world import MARK, Seen, World

DECODE: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
#: How to ask: the method, the coding, and whether with the ETag of what one has.
WAYS = [
    ("GET", "", False), ("GET", "", True), ("GET", "br", False), ("GET", "br", True),
    ("GET", "gzip", False), ("GET", "gzip", True), ("HEAD", "", False), ("HEAD", "br", True),
]  # fmt: skip
_REMEMBERED = 20_000
_PAUSE = 0.1  # seconds between what a bystander reads, or those who prove would wait for them

type Marks = frozenset[str]


def marks_in(text: bytes) -> Marks:
    """Return the marks that a page shows."""
    return frozenset(found.group().decode() for found in MARK.finditer(text))


class Memory:
    """What readers know: which marks the page of an ETag showed. Of all threads."""

    def __init__(self) -> None:
        self._marks: OrderedDict[tuple[str, str], Marks] = OrderedDict()
        self._lock = threading.Lock()

    def learn(self, path: str, reply: Reply) -> Marks:
        """Return the marks of a whole answer, and remember them."""
        marks = marks_in(DECODE[reply.headers.get("content-encoding", "")](reply.body))
        if not _digest(reply):
            return marks
        with self._lock:
            self._marks[path, _digest(reply)] = marks
            if len(self._marks) > _REMEMBERED:
                self._marks.popitem(last=False)
        return marks

    def recall(self, path: str, reply: Reply) -> Marks | None:
        """Return the marks of the page that an answer without a body stands for."""
        return self._marks.get((path, _digest(reply)))


def _digest(reply: Reply) -> str:
    """Return the ETag without what it says of the coding."""
    return reply.headers.get("etag", "").removeprefix("W/").strip('"').partition("-")[0]


class Log:
    """What was done and found, by all threads."""

    def __init__(self) -> None:
        self.stale: list[str] = []
        self.reads: Counter[str] = Counter()
        self.deeds: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __str__(self) -> str:
        return (
            f"{self.deeds.total():,} changes, {self.reads.total():,} reads, {len(self.stale)} stale"
        )

    def did(self, deed: str) -> None:
        """Count a change."""
        with self._lock:
            self.deeds[deed] += 1

    def read(self, answers: Iterable["Answer"]) -> None:
        """Count what was read."""
        with self._lock:
            for answer in answers:
                self.reads[f"{answer.asked.method} {answer.reply.status}"] += 1

    def must_be_clean(self) -> None:
        """Fail where anything stale was read."""
        assert not self.stale, "\n".join(self.stale[:10])


class Answer(NamedTuple):
    """What was asked, of whom, and what came back."""

    connection: Connection
    asked: Request
    reply: Reply


class Reader:
    """One connection to each process of all nodes."""

    def __init__(self, nodes: list[Node], memory: Memory, log: Log, chance: random.Random) -> None:
        self._nodes = nodes
        self._memory = memory
        self._log = log
        self._chance = chance
        self._etags: dict[tuple[int, str, str], str] = {}
        self._connections = self._connect()

    def _connect(self) -> list[Connection]:
        return [connection for node in self._nodes for connection in node.connect()]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def begin_anew(self) -> None:
        """Find the processes that are there now."""
        self.close()
        self._connections = self._connect()

    # --- asking ---------------------------------------------------------------------------------

    def ask_all(self, paths: Iterable[str]) -> list[Answer]:
        """Ask every process, and nginx, for all of `paths` at once."""
        return self._ask(self._connections, list(paths))

    def _ask(self, connections: list[Connection], paths: list[str]) -> list[Answer]:
        asked = [(one, [self._request(one, path) for path in paths]) for one in connections]
        for connection, requests in asked:
            connection.send(requests)
        answers = [
            Answer(connection, request, connection.receive(request))
            for connection, requests in asked
            for request in requests
        ]
        for answer in answers:
            if etag := answer.reply.headers.get("etag"):
                self._etags[_place(answer.connection, answer.asked)] = etag
        self._log.read(answers)
        return answers

    def _request(self, connection: Connection, path: str) -> Request:
        """Return one of the ways to ask."""
        method, coding, with_etag = self._chance.choice(WAYS)
        request = Request(method, path, {"Accept-Encoding": coding or "identity"})
        etag = self._etags.get(_place(connection, request))
        if with_etag and etag:
            request.headers["If-None-Match"] = etag
        return request

    def marks(self, answer: Answer) -> Marks:
        """Return the marks of the page; one that has no body here and is unknown is fetched."""
        connection, asked, reply = answer
        if reply.body:
            return self._memory.learn(asked.path, reply)
        marks = self._memory.recall(asked.path, reply)
        if marks is None:
            whole = connection.ask(Request("GET", asked.path, {}))
            marks = self._memory.learn(asked.path, whole)
        return marks

    # --- judging --------------------------------------------------------------------------------

    def check(self, expected: dict[str, Seen], letter: str, what: str) -> None:
        """Ask every process for each path, which must show a writer's marks as it says there."""
        while True:
            try:
                for answer in self.ask_all(expected):
                    if fault := self._fault(answer, expected[answer.asked.path], letter):
                        self._log.stale.append(
                            f"{what}: {answer.asked} of process {answer.connection.pid}: {fault}"
                        )
            except BROKEN:  # somebody was killed: ask all anew
                time.sleep(0.01)
                self.begin_anew()
            else:
                return

    def _fault(self, answer: Answer, seen: Seen, letter: str) -> str:
        reply = answer.reply
        status = 200 if reply.status == 304 else reply.status
        if status != seen.status:
            return f"{reply.status} instead of {seen.status}"
        if status != 200:
            place = reply.headers.get("location", "")
            return "" if place.endswith(seen.location) else f"leads to {place}"
        marks = {mark for mark in self.marks(answer) if mark[1] == letter}
        missing, old = seen.must - marks, marks - seen.must - seen.may
        return f"{reply.status} lacks {sorted(missing)}, shows {sorted(old)}" * bool(missing or old)


def _place(connection: Connection, request: Request) -> tuple[int, str, str]:
    """Return what an ETag is valid for."""
    return connection.port, request.path, request.headers["Accept-Encoding"]


class Bystander(threading.Thread):
    """Reads any page from any process all the time: once it was new, it is never old again."""

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
        chance = random.Random(1)
        with closing(self._reader()) as reader:
            while not self._stopping.is_set():
                world = chance.choice(list(self._worlds.values()))
                path = chance.choice(world.paths)
                floors = {letter: dict(one.floors) for letter, one in self._worlds.items()}
                try:
                    found = [
                        reader.marks(answer)
                        for answer in reader.ask_all([path])
                        if answer.reply.status in {200, 304}
                    ]
                except BROKEN:
                    time.sleep(0.01)
                    reader.begin_anew()
                    continue
                self._judge(path, found, floors)
                self._stopping.wait(_PAUSE)

    def _judge(self, path: str, found: Iterable[Marks], floors: dict[str, dict[str, int]]) -> None:
        for marks in found:
            for mark in marks:
                letter, place, number = numbered(mark)
                world = self._worlds[letter]
                lowest = min(floors[letter].get(place, 0), world.floors.get(place, 0))
                if number < lowest:
                    self._log.stale.append(f"{path} shows {mark} after {lowest} was seen")
                world.raise_floor(place, number)


def numbered(mark: str) -> tuple[str, str, int]:
    """Return whose a mark is, of which place, and its number."""
    found = MARK.fullmatch(mark.encode())
    assert found is not None
    letter, place, number = (part.decode() for part in found.groups())
    return letter, place, int(number)
