"""Two nodes of two processes on PostgreSQL: what any has acknowledged, all show."""

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
#: Leaves some of the log, the latest transactions whole.
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
    """Four writers who write at the same time, the nodes, and a way to the database."""
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


class Others(threading.Thread):
    """Other programs: they begin transactions that last, give some up, and prune the log."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._stop = threading.Event()
        self.done = 0

    def run(self) -> None:
        chance = random.Random(5)
        while not self._stop.is_set():
            with (
                closing(psycopg.connect(self._url)) as one,
                closing(psycopg.connect(self._url)) as another,
            ):
                for connection in (one, another):
                    connection.execute(INVALIDATE_ALL)
                    self._stop.wait(chance.uniform(0, 1))
                self._end(chance.choice([one, another]), chance)
                one.execute(PRUNE)
                self._stop.wait(chance.uniform(0, 1))
                self._end(one, chance)
                self._end(another, chance)
            self.done += 1

    @staticmethod
    def _end(connection: Any, chance: random.Random) -> None:
        if chance.random() < 0.3:
            connection.rollback()
        else:
            connection.commit()

    def stop(self) -> None:
        self._stop.set()
        self.join()


@pytest.fixture
def others(url: str, site: Site) -> Iterator[Others]:
    """Other programs on the same database."""
    thread = Others(url)
    thread.start()
    yield thread
    thread.stop()


def test_nothing_stale_is_read_while_several_write_at_once(
    site: Site, others: Others, pytestconfig: pytest.Config
) -> None:
    run(RunOptions.from_config(pytestconfig, short=160, full=10_000), *site)
    assert others.done


def test_nothing_stale_is_read_while_processes_are_killed(
    site: Site, pytestconfig: pytest.Config
) -> None:
    done = run(RunOptions.from_config(pytestconfig, short=40, full=2_000, kill_every=2), *site)
    assert done.killed
