"""PostgreSQL hangs: it takes statements and answers none. Nobody waits for it for long."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from broadsheet.lib import connection_watchdog
from broadsheet.pagecache.circuit_breaker import PROBE_AFTER
from tests.ops.processes import Server, run, wait_for
from tests.ops.prove.databases import Database

pytestmark = pytest.mark.slow

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
NEVER = 60  # seconds: several times what anybody waits


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A server of its own, which can be frozen."""
    with TemporaryDirectory(prefix="broadsheet-hangs-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        database = Database(folder / "primary")
        database.start()
        try:
            assert (
                run(
                    folder / "data", "migrate", "--verbosity=0", DATABASE_URL=database.url
                ).returncode
                == 0
            )
            yield database
        finally:
            database.stop_at_once()


@pytest.fixture
def server(database: Database, start: Callable[..., Server]) -> Server:
    """One process that answers, and that nobody has asked for anything."""
    command = "broadsheet", "serve", "--port", "{port}"
    return start(*command, DATABASE_URL=database.url, BROADSHEET_WORKER="no")


@contextmanager
def frozen(database: Database) -> Iterator[None]:
    database.freeze()
    try:
        yield
    finally:
        database.thaw()


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Let every statement about posts wait."""
    with closing(psycopg.connect(database.url)) as connection:
        connection.execute("LOCK TABLE posts_post IN ACCESS EXCLUSIVE MODE")
        yield


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> int:
    """Return the status of an answer. Raises TimeoutError where none comes."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=NEVER)) as connection:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status


class Readers:
    """Readers who ask at once for the same page."""

    def __init__(self, server: Server, path: str, count: int) -> None:
        self.statuses: list[int] = []
        self._work = [threading.Thread(target=self._ask, args=[server, path]) for _ in range(count)]
        for thread in self._work:
            thread.start()

    def _ask(self, server: Server, path: str) -> None:
        self.statuses.append(ask(server, path))

    def join(self) -> list[int]:
        """Return the statuses of their answers."""
        for thread in self._work:
            thread.join()
        return self.statuses


def test_the_first_who_asks_is_answered(server: Server, database: Database) -> None:
    assert ask(server, "/readyz") == 200
    with frozen(database):
        assert ask(server, "/readyz") == 503
    wait_for(lambda: ask(server, "/readyz") == 200, "it to be back")


def test_who_asks_past_the_page_cache_is_answered_on_a_node_that_nobody_reads_from(
    server: Server, database: Database
) -> None:
    token = "Bearer bst_of-nobody"
    assert ask(server, "/api/v1/posts", "POST", Authorization=token) == 401
    with frozen(database):
        assert ask(server, "/api/v1/posts", "POST", Authorization=token) == 503
    wait_for(lambda: ask(server, "/readyz") == 200, "it to be back")


def test_who_waits_for_an_answer_in_the_making_is_answered(
    server: Server, database: Database
) -> None:
    with locked(database):
        readers = Readers(server, "/", 12)
        wait_for(lambda: database.execute(WAITS) != [(0,)], "one to be in a statement")
        with frozen(database):
            assert set(readers.join()) == {503}
    wait_for(lambda: ask(server, "/") == 200, "it to be back")


def test_a_statement_that_takes_long_goes_on_while_the_database_answers(
    server: Server, database: Database
) -> None:
    with locked(database):
        readers = Readers(server, "/", 1)
        wait_for(lambda: database.execute(WAITS) != [(0,)], "it to be in a statement")
        time.sleep((PROBE_AFTER + 6) * connection_watchdog.POLL_SECONDS)
    assert readers.join() == [200]
