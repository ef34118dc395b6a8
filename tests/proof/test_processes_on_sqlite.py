"""Four processes on SQLite: what any of them has acknowledged, all of them show."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops import nginx
from tests.ops.processes import free_port
from tests.proof.processes_edits import Execute
from tests.proof.processes_nodes import Node
from tests.proof.processes_run import Course, run
from tests.proof.processes_stage import Stage

pytestmark = pytest.mark.slow
SETTINGS = {"BROADSHEET_API_PER_MINUTE": "0"}

type Site = tuple[Stage, list[Node], Execute | None]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """One writer who has everything on the site, the server, and a way to the database."""
    data = tmp_path / "data"
    stage = Stage.set(data, "a", 8, **SETTINGS)

    def execute(statement: str, values: list[str]) -> None:
        database = sqlite3.connect(data / "broadsheet.sqlite3", timeout=20)
        with closing(database) as connection, connection:
            connection.execute(statement.format("?"), values)

    node = Node.start(data, 4, **SETTINGS)
    yield stage, [node], execute
    node.server.kill()


def test_nothing_stale_is_read_after_an_acknowledgement(
    site: Site, pytestconfig: pytest.Config
) -> None:
    is_whole = pytestconfig.getoption("--prove")
    course = Course(edits=10_000, addresses=6) if is_whole else Course(edits=150, addresses=4)
    outcome = run(course, *site)
    outcome.log.must_be_clean()


@pytest.fixture
def fronted(tmp_path: Path) -> Iterator[Site]:
    """The same behind nginx, which serves what is read often by itself."""
    nginx.needed()
    data, front = tmp_path / "data", free_port()
    settings = {
        **SETTINGS,
        "BROADSHEET_FRONT_FILES": "yes",
        "BROADSHEET_URL": f"http://127.0.0.1:{front}",
        "BROADSHEET_PROXIES": "1",
    }
    stage = Stage.set(data, "a", 8, **settings)
    node = Node.start(data, 4, **settings)
    node.front = front
    settings["PORT"] = str(node.server.port)
    try:
        configuration = nginx.configured(tmp_path / "nginx", data, **settings)
        with nginx.running(configuration, front):
            yield stage, [node], None  # files do not follow what other programs write
    finally:
        node.server.kill()


def test_nothing_stale_is_read_through_nginx_and_its_files(
    fronted: Site, pytestconfig: pytest.Config
) -> None:
    is_whole = pytestconfig.getoption("--prove")
    course = Course(edits=10_000, addresses=6) if is_whole else Course(edits=80, addresses=4)
    outcome = run(course, *fronted)
    outcome.log.must_be_clean()
    assert outcome.log.files


def test_nothing_stale_is_read_while_processes_are_killed(
    site: Site, pytestconfig: pytest.Config
) -> None:
    edits = 2_000 if pytestconfig.getoption("--prove") else 40
    outcome = run(Course(edits=edits, addresses=4, kill_every=2), *site)
    outcome.log.must_be_clean()
    assert outcome.killed
