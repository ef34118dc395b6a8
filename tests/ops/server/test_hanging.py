"""PostgreSQL hangs: it accepts statements and does not respond. Requests fail soon."""

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
from broadsheet.pagecache.database_circuit_breaker import PROBE_AFTER
from tests.ops.processes import Server, run, wait_for
from tests.ops.prove.databases import Database

pytestmark = pytest.mark.slow

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
TIMEOUT = 60  # seconds: several times as long as any request waits


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A separate PostgreSQL server, which can be frozen."""
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
    """A server with one process, which has not received any requests."""
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
    """Make every statement on posts wait."""
    with closing(psycopg.connect(database.url)) as connection:
        connection.execute("LOCK TABLE posts_post IN ACCESS EXCLUSIVE MODE")
        yield


def send_request(server: Server, path: str, method: str = "GET", **headers: str) -> int:
    """Return the status of a response. Raises TimeoutError if there is none."""
    with closing(
        http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT)
    ) as connection:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status


class Requests:
    """Simultaneous requests for the same page."""

    def __init__(self, server: Server, path: str, count: int) -> None:
        self.statuses: list[int] = []
        self._threads = [
            threading.Thread(target=self._send_request, args=[server, path]) for _ in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def _send_request(self, server: Server, path: str) -> None:
        self.statuses.append(send_request(server, path))

    def join(self) -> list[int]:
        """Return the statuses of their responses."""
        for thread in self._threads:
            thread.join()
        return self.statuses


@pytest.mark.prove
def test_the_first_request_gets_a_response(server: Server, database: Database) -> None:
    assert send_request(server, "/readyz") == 200
    with frozen(database):
        assert send_request(server, "/readyz") == 503
    wait_for(lambda: send_request(server, "/readyz") == 200, "the site to recover")


def test_an_uncached_request_gets_a_response_from_an_idle_node(
    server: Server, database: Database
) -> None:
    token = "Bearer bst_of-nobody"
    assert send_request(server, "/api/v1/posts", "POST", Authorization=token) == 401
    with frozen(database):
        assert send_request(server, "/api/v1/posts", "POST", Authorization=token) == 503
    wait_for(lambda: send_request(server, "/readyz") == 200, "the site to recover")


def test_requests_that_wait_for_a_page_being_rendered_get_a_response(
    server: Server, database: Database
) -> None:
    with locked(database):
        requests = Requests(server, "/", 12)
        wait_for(lambda: database.execute(WAITS) != [(0,)], "a statement to be running")
        with frozen(database):
            assert set(requests.join()) == {503}
    wait_for(lambda: send_request(server, "/") == 200, "the site to recover")


def test_a_slow_statement_is_not_cancelled_while_the_database_responds(
    server: Server, database: Database
) -> None:
    with locked(database):
        requests = Requests(server, "/", 1)
        wait_for(lambda: database.execute(WAITS) != [(0,)], "the statement to be running")
        time.sleep((PROBE_AFTER + 6) * connection_watchdog.POLL_SECONDS)
    assert requests.join() == [200]
