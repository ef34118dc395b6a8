"""Four processes on SQLite: all of them show each acknowledged change."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.guarantees.staleness.processes_client import Execute
from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_run import RunOptions, run
from tests.guarantees.staleness.processes_site import SeededSite
from tests.ops import nginx
from tests.ops.processes import free_port

pytestmark = pytest.mark.slow
SETTINGS = {"BROADSHEET_API_PER_MINUTE": "0"}

type Site = tuple[SeededSite, list[Node], Execute | None]


def _execute_on(data: Path) -> Execute:
    """Return a function that writes to the database as another program does."""

    def execute(statement: str, values: list[str]) -> None:
        database = sqlite3.connect(data / "broadsheet.sqlite3", timeout=20)
        with closing(database) as connection, connection:
            connection.execute(statement.format("?"), values)

    return execute


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two concurrent writers, the server, and a function that executes SQL."""
    data = tmp_path / "data"
    seeded_site = SeededSite.create(data, "ab", 4, **SETTINGS)
    node = Node.start(data, 4, **SETTINGS)
    yield seeded_site, [node], _execute_on(data)
    node.server.kill()


def test_no_stale_page_is_read_after_an_acknowledgement(
    site: Site, pytestconfig: pytest.Config
) -> None:
    run(RunOptions.from_config(pytestconfig, short=150, full=10_000), *site)


@pytest.fixture
def site_behind_nginx(tmp_path: Path) -> Iterator[Site]:
    """The same behind nginx, which caches pages and revalidates each one."""
    nginx.skip_if_missing()
    data, front = tmp_path / "data", free_port()
    settings = {
        **SETTINGS,
        "BROADSHEET_URL": f"http://127.0.0.1:{front}",
        "BROADSHEET_PROXIES": "1",
    }
    seeded_site = SeededSite.create(data, "ab", 4, **settings)
    node = Node.start(data, 4, **settings)
    node.front = front
    settings["PORT"] = str(node.server.port)
    try:
        configuration = nginx.write_configuration(tmp_path / "nginx", data, **settings)
        with nginx.running(configuration, front):
            yield seeded_site, [node], _execute_on(data)
    finally:
        node.server.kill()


def test_no_stale_page_is_read_through_nginx_and_its_cache(
    site_behind_nginx: Site, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    run(RunOptions.from_config(pytestconfig, short=80, full=10_000), *site_behind_nginx)
    assert any(path.is_file() for path in (tmp_path / "nginx/copies").rglob("*"))


def test_no_stale_page_is_read_while_processes_are_killed(
    site: Site, pytestconfig: pytest.Config
) -> None:
    result = run(RunOptions.from_config(pytestconfig, short=40, full=2_000, kill_every=2), *site)
    assert result.killed
