"""Readers: after an acknowledgement every process is asked, in every way there is to ask."""

import gzip
import random
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import brotli

from tests.proof.processes_nodes import BROKEN, Connection, Node, Reply
from tests.proof.processes_world import MARK, Seen, World

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
        with self._lock:
            self._marks[path, _digest(reply)] = marks
            if len(self._marks) > _REMEMBERED:
                self._marks.popitem(last=False)
        return marks

    def recall(self, path: str, reply: Reply) -> Marks | None:
        """Return the marks of the page that an answer without a body stands for."""
        return self._marks.get((path, _digest(reply)))


def _digest(reply: Reply) -> str:
    """Return the ETag without what it says of the coding; that of a file as it is."""
    etag = reply.headers.get("etag", "").removeprefix("W/").strip('"')
    digest = etag.partition("-")[0]
    return digest if len(digest) > len("6a1b2c3d") else etag


@dataclass
class Log:
    """What was found, by all threads."""

    stale: list[str] = field(default_factory=list)
    reads: Counter[str] = field(default_factory=Counter)
    files: int = 0  # answers that nginx gave by itself

    def must_be_clean(self) -> None:
        """Fail where anything stale was read."""
        assert not self.stale, "\n".join(self.stale[:10])


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

    def ask_all(self, path: str) -> list[tuple[Connection, str, Reply]]:
        """Ask every process at once; return how each was asked, and what it said."""
        asked = []
        for connection in self._connections:
            method, coding, with_etag = self._chance.choice(WAYS)
            headers = {"Accept-Encoding": coding or "identity"}
            etag = self._etags.get((connection.port, path, coding))
            if with_etag and etag:
                headers["If-None-Match"] = etag
            connection.send(method, path, headers)
            asked.append((connection, method, coding))
        answers = []
        for connection, method, coding in asked:
            reply = connection.receive()
            if etag := reply.headers.get("etag"):
                self._etags[connection.port, path, coding] = etag
            self._log.reads[f"{method} {reply.status}"] += 1
            self._log.files += "-" in _digest(reply)
            answers.append((connection, method, reply))
        return answers

    def marks(self, path: str, connection: Connection, method: str, reply: Reply) -> Marks:
        """Return the marks of the page; one that has no body here and is unknown is fetched."""
        if method == "GET" and reply.status == 200:
            return self._memory.learn(path, reply)
        marks = self._memory.recall(path, reply)
        if marks is None:
            marks = self._memory.learn(path, connection.ask("GET", path))
        return marks

    # --- judging --------------------------------------------------------------------------------

    def check(self, path: str, seen: Seen, letter: str, what: str) -> None:
        """Ask every process for `path`, which must show a writer's marks as `seen` says."""
        while True:
            try:
                answers = self.ask_all(path)
                for connection, method, reply in answers:
                    fault = self._fault(path, seen, letter, connection, method, reply)
                    if fault:
                        said = f"{what}: {method} {path} of process {connection.pid}: {fault}"
                        self._log.stale.append(said)
            except BROKEN:  # somebody was killed: ask all anew
                time.sleep(0.01)
                self.begin_anew()
            else:
                return

    def _fault(
        self, path: str, seen: Seen, letter: str, connection: Connection, method: str, reply: Reply
    ) -> str:
        status = 200 if reply.status == 304 else reply.status
        if status != seen.status:
            is_fine = seen.status == 0 and status != 200
            return "" if is_fine else f"{reply.status} instead of {seen.status}"
        if status != 200:
            place = reply.headers.get("location", "")
            return "" if place.endswith(seen.location) else f"leads to {place}"
        marks = {m for m in self.marks(path, connection, method, reply) if m[1] == letter}
        missing, old = seen.must - marks, marks - seen.must - seen.may
        return f"{reply.status} lacks {sorted(missing)}, shows {sorted(old)}" * bool(missing or old)


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
        reader = self._reader()
        chance = random.Random(1)
        while not self._stopping.is_set():
            world = chance.choice(list(self._worlds.values()))
            path = chance.choice(world.paths)
            floors = {letter: dict(one.floors) for letter, one in self._worlds.items()}
            try:
                answers = reader.ask_all(path)
                found = [
                    reader.marks(path, connection, method, reply)
                    for connection, method, reply in answers
                    if reply.status in {200, 304}
                ]
            except BROKEN:
                time.sleep(0.01)
                reader.begin_anew()
                continue
            self._judge(path, found, floors)
            self._stopping.wait(_PAUSE)
        reader.close()

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
