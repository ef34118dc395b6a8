"""Readers of a cached page and a writer, while something happens to the site."""

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

from tests.ops.nodes.client import Client
from tests.ops.nodes.site import Node, Site
from tests.ops.processes import wait_for
from tests.ops.prove.test_kills import SEED, compare
from tests.ops.prove.writing import Writers, Written

#: Posts that the writer does not change; readers request the middle one.
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
CACHED_PATH = "/old-2"
_PAUSE = 0.01  # seconds between two requests of a reader
_numbers = itertools.count()  # shared by all writers, because posts are identified by title


class TimedResponse(NamedTuple):
    """When a request was sent, the status (0: no response), and the seconds that it took."""

    at: float
    status: int
    seconds: float


class Readers:
    """Readers of one page, until the block ends."""

    def __init__(self, port: int, count: int = 6) -> None:
        self.responses: list[TimedResponse] = []
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
                connection.request("GET", CACHED_PATH)
                response = connection.getresponse()
                response.read()
                status = response.status
            self.responses.append(TimedResponse(began, status, time.monotonic() - began))


@dataclass
class Known:
    """The API token of the writers of a site, and what they all have written."""

    token: str
    written: Written = field(default_factory=Written)

    @classmethod
    def seed(cls, site: Site) -> "Known":
        """Create an author, and the posts that readers request."""
        token, *old = site.shell(SEED + OLD).split()
        titles = [f"Old {day}" for day in (1, 2, 3)]
        return cls(token, Written(dict(zip(titles, old, strict=True))))

    def compare(self, url: str) -> None:
        """Compare the rows of the database with what was written."""
        with closing(psycopg.connect(url)) as connection:
            compare(connection.execute, self.written)


@dataclass
class Load:
    """Readers and a writer at work."""

    site: Site
    readers: Readers
    writers: Writers

    def wait_for_posts(self, posts: int = 5) -> None:
        """Wait until that many more posts are acknowledged."""
        until = len(self.writers.written.acknowledged) + posts
        wait_for(lambda: len(self.writers.written.acknowledged) >= until, "writes")

    def wait_until_healed(self, nodes: list[Node]) -> float:
        """Wait until every node responds from the database and a post is acknowledged.

        Return the seconds that it took.
        """
        began = time.monotonic()
        for node in nodes:
            wait_for(lambda node=node: _responds(self.site, node), f"{node.address} to heal")
        self.wait_for_posts(1)
        seconds = time.monotonic() - began
        sys.stderr.write(f"healed in {seconds:.2f} s, ")
        return seconds


def _responds(site: Site, node: Node) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return Client(site).get(node, "/search?q=post").status == 200
    return False


@contextmanager
def load(site: Site, known: Known, what: str) -> Iterator[Load]:
    """Run readers and a writer until the block ends; then print a summary."""
    wait_for(
        lambda: all(Client(site).get(n, CACHED_PATH).status == 200 for n in site.nodes), CACHED_PATH
    )
    writers = Writers(
        site.port, known.token, 1_000_000, threads=1, pause=_PAUSE * 5, numbers=_numbers
    )
    with Readers(site.port) as readers, writers:
        yield Load(site, readers, writers)
    new = writers.written
    known.written.acknowledged |= new.acknowledged
    known.written.unsure |= new.unsure | {title for title, _status in new.refused}
    sys.stderr.write(
        f"{what}: {summary(readers.responses)}; {len(new.acknowledged)} acknowledged, "
    )
    refused = Counter(status for _title, status in new.refused)
    sys.stderr.write(f"{len(new.unsure)} without a response, {dict(refused)} refused\n")


def summary(responses: list[TimedResponse]) -> str:
    """Return how often each status was received, and the slowest response."""
    statuses = dict(Counter(each.status for each in responses))
    slowest = max(each.seconds for each in responses)
    return f"{len(responses):,} read, {statuses}, slowest {slowest:.2f} s"
