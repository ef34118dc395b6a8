"""PostgreSQL is stopped abruptly many times: acknowledged posts exist, and the site recovers."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from tests.ops.conftest import Within
from tests.ops.processes import Server, fetch, free_port, run, set_up, wait_for
from tests.ops.prove.databases import Database
from tests.ops.prove.test_kills import SEED, SETTINGS, compare
from tests.ops.prove.writing import Writers

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def database() -> Iterator[Database]:
    with TemporaryDirectory(prefix="broadsheet-stops-") as folder:
        database_server = Database(Path(folder))
        database_server.start()
        yield database_server
        database_server.stop_at_once()


@pytest.mark.prove
def test_no_acknowledged_write_is_lost_when_postgresql_stops(
    start: Callable[..., Server],
    database: Database,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    within: Within,
) -> None:
    writes, stops = (2_500, 50) if pytestconfig.getoption("--prove") else (90, 3)
    rng = random.Random(12)
    data, port = tmp_path / "data", free_port()
    settings = {**SETTINGS, "DATABASE_URL": database.url}
    set_up(data, **settings)
    token = run(data, "shell", "--no-imports", "-c", SEED, **settings).stdout
    server = start("broadsheet", "serve", data=data, port=port, PORT=str(port), **settings)
    slowest = 0.0
    with Writers(port, token, writes) as writers:
        for number in range(stops):
            target = writes / stops * (number + 1)
            wait_for(lambda target=target: len(writers.written.acknowledged) >= target, "writes")
            time.sleep(rng.uniform(0, 0.2))
            database.stop_at_once()
            wait_for(lambda: fetch(port, "/search?q=x")[0] == 503, "the outage to be noticed")
            database.start()
            began = time.monotonic()
            wait_for(lambda: fetch(port, "/search?q=x")[0] == 200, "the site to recover")
            slowest = max(slowest, time.monotonic() - began)
            writers.print_progress(f"{number + 1} stops")
    assert slowest < within(5)
    assert {status for _title, status in writers.written.refused} <= {503}
    writers.written.unsure |= {title for title, _status in writers.written.refused}
    with closing(psycopg.connect(database.url)) as connection:
        compare(connection.execute, writers.written)
    assert server.stop() == 0
