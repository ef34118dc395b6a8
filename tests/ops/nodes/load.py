"""Readers of a kept page and a writer, while something happens to the site; what they saw."""

import http.client
import itertools
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import psycopg

from tests.ops.nodes.asking import Guest
from tests.ops.nodes.site import Node, Site
from tests.ops.processes import wait_for
from tests.ops.prove.test_kills import SEED, compare
from tests.ops.prove.writing import Writers, Written

#: Posts that the writer's do not touch: the one in the middle is read.
OLD = """
import datetime as dt
from broadsheet.posts import actions
User.objects.create_user("bob", "bob@example.org", role=Role.READER)
for day in (1, 2, 3):
    made = actions.create(by=author, title=f"Old {day}", slug=f"old-{day}", status="published",
                          content="word " * 300, tags=["proof"],
                          pub_date=dt.datetime(2020, 1, day, tzinfo=dt.UTC))
    sys.stdout.write(f" {made.pk}")
"""
KEPT = "/old-2"
_PAUSE = 0.01  # seconds between what one reader reads
_numbers = itertools.count()  # of all writers, because each knows a post by its title


class Seen(NamedTuple):
    """When a reader asked, what came (0: nothing), and after how many seconds."""

    at: float
    status: int
    seconds: float


class Readers:
    """Readers of one page, until the block ends."""

    def __init__(self, port: int, count: int = 6) -> None:
        self.seen: list[Seen] = []
        self._port = port
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        while not self._stop.wait(_PAUSE):
            began, status = time.monotonic(), 0
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            with closing(connection), suppress(OSError, http.client.HTTPException):
                connection.request("GET", KEPT)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            self.seen.append(Seen(began, status, time.monotonic() - began))


@dataclass
class Known:
    """What the writers of a site know, all together, and who they are."""

    token: str
    written: Written = field(default_factory=Written)

    @classmethod
    def seed(cls, site: Site) -> "Known":
        """Make an author and what readers read."""
        token, *old = site.shell(SEED + OLD).split()
        titles = [f"Old {day}" for day in (1, 2, 3)]
        return cls(token, Written(dict(zip(titles, old, strict=True))))

    def compare(self, url: str) -> None:
        """Compare the rows of the database with what the writers know."""
        with closing(psycopg.connect(url)) as connection:
            compare(connection.execute, self.written)


@dataclass
class Load:
    """Readers and a writer at work."""

    site: Site
    readers: Readers
    writers: Writers

    def go_on(self, posts: int = 5) -> None:
        """Wait until so many more posts are acknowledged."""
        until = len(self.writers.written.acknowledged) + posts
        wait_for(lambda: len(self.writers.written.acknowledged) >= until, "writes")

    def healed(self, nodes: list[Node]) -> float:
        """Wait until every node answers from the database, and a post is acknowledged.

        Return the seconds that it took.
        """
        began = time.monotonic()
        for node in nodes:
            wait_for(lambda node=node: _answers(self.site, node), f"{node.address} to heal")
        self.go_on(1)
        took = time.monotonic() - began
        sys.stderr.write(f"healed in {took:.2f} s, ")
        return took


def _answers(site: Site, node: Node) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return Guest(site).get(node, "/search?q=post").status == 200
    return False


@contextmanager
def load(site: Site, known: Known, what: str) -> Iterator[Load]:
    """Let readers and a writer work until the block ends; say then what they saw."""
    wait_for(lambda: all(Guest(site).get(n, KEPT).status == 200 for n in site.nodes), KEPT)
    writers = Writers(
        site.port, known.token, 1_000_000, threads=1, pause=_PAUSE * 5, numbers=_numbers
    )
    with Readers(site.port) as readers, writers:
        yield Load(site, readers, writers)
    new = writers.written
    known.written.acknowledged |= new.acknowledged
    known.written.unsure |= new.unsure | {title for title, _status in new.refused}
    sys.stderr.write(f"{what}: {told(readers.seen)}; {len(new.acknowledged)} acknowledged, ")
    refused = Counter(status for _title, status in new.refused)
    sys.stderr.write(f"{len(new.unsure)} without an answer, {dict(refused)} refused\n")


def told(seen: list[Seen]) -> str:
    """Return how often readers saw what, and how long the slowest one waited."""
    statuses = dict(Counter(one.status for one in seen))
    return f"{len(seen):,} read, {statuses}, slowest {max(one.seconds for one in seen):.2f} s"
