"""Two nodes with two processes each on PostgreSQL: all show each acknowledged change."""

import random
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.guarantees.staleness.processes_client import Execute
from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_run import RunOptions, run
from tests.guarantees.staleness.processes_site import SeededSite
from tests.postgresql import NewDatabase

pytestmark = pytest.mark.slow
#: A change of a post that does not exist, as a trigger writes it.
INVALIDATE_ALL = (
    "INSERT INTO pagecache_change (stamp, epoch)"
    " VALUES ('post:none', pg_current_xact_id()::text::bigint)"
)
#: Deletes all of the log but the latest transactions.
PRUNE = (
    "DELETE FROM pagecache_change WHERE epoch <"
    " (SELECT epoch FROM pagecache_change ORDER BY epoch DESC OFFSET 60 LIMIT 1)"
)

type Site = tuple[SeededSite, list[Node], Execute]


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    """A database for the site."""
    return new_database()


@pytest.fixture
def site(url: str, tmp_path: Path) -> Iterator[Site]:
    """Four concurrent writers, the nodes, and a function that executes SQL."""
    settings = {"DATABASE_URL": url, "SECRET_KEY": "s" * 50, "BROADSHEET_API_PER_MINUTE": "0"}
    seeded_site = SeededSite.create(tmp_path / "one", "abcd", 3, **settings)

    def execute(statement: str, values: list[str]) -> None:
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute(statement.format("%s"), values)

    shutil.copytree(tmp_path / "one" / "static", tmp_path / "two" / "static")
    nodes = [Node.start(tmp_path / name, 2, **settings) for name in ("one", "two")]
    yield seeded_site, nodes, execute
    for node in nodes:
        node.server.kill()


class OtherPrograms(threading.Thread):
    """Other programs: they open long transactions, roll some back, and prune the log."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._stop = threading.Event()
        self.done = 0

    def run(self) -> None:
        rng = random.Random(5)
        while not self._stop.is_set():
            with (
                closing(psycopg.connect(self._url)) as one,
                closing(psycopg.connect(self._url)) as another,
            ):
                for connection in (one, another):
                    connection.execute(INVALIDATE_ALL)
                    self._stop.wait(rng.uniform(0, 1))
                self._end(rng.choice([one, another]), rng)
                one.execute(PRUNE)
                self._stop.wait(rng.uniform(0, 1))
                self._end(one, rng)
                self._end(another, rng)
            self.done += 1

    @staticmethod
    def _end(connection: Any, rng: random.Random) -> None:
        if rng.random() < 0.3:
            connection.rollback()
        else:
            connection.commit()

    def stop(self) -> None:
        self._stop.set()
        self.join()


@pytest.fixture
def other_programs(url: str, site: Site) -> Iterator[OtherPrograms]:
    """Other programs on the same database."""
    thread = OtherPrograms(url)
    thread.start()
    yield thread
    thread.stop()


def test_no_stale_page_is_read_during_concurrent_writes(
    site: Site, other_programs: OtherPrograms, pytestconfig: pytest.Config
) -> None:
    run(RunOptions.from_config(pytestconfig, short=160, full=10_000), *site)
    assert other_programs.done


@pytest.mark.prove
def test_no_stale_page_is_read_while_processes_are_killed(
    site: Site, pytestconfig: pytest.Config
) -> None:
    result = run(RunOptions.from_config(pytestconfig, short=40, full=2_000, kill_every=2), *site)
    assert result.killed
