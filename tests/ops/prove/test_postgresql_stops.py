"""PostgreSQL stopped at once, again and again: what was acknowledged is there, and it heals."""

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
        made = Database(Path(folder))
        made.start()
        yield made
        made.stop_at_once()


def test_no_acknowledged_write_is_lost_to_a_stop(
    start: Callable[..., Server],
    database: Database,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    within: Within,
) -> None:
    writes, stops = (2_500, 50) if pytestconfig.getoption("--prove") else (90, 3)
    moments = random.Random(12)
    data, port = tmp_path / "data", free_port()
    settings = {**SETTINGS, "DATABASE_URL": database.url}
    set_up(data, **settings)
    token = run(data, "shell", "--no-imports", "-c", SEED, **settings).stdout
    server = start("broadsheet", "serve", data=data, port=port, PORT=str(port), **settings)
    slowest = 0.0
    with Writers(port, token, writes) as writers:
        for number in range(stops):
            until = writes / stops * (number + 1)
            wait_for(lambda until=until: len(writers.written.acknowledged) >= until, "writes")
            time.sleep(moments.uniform(0, 0.2))
            database.stop_at_once()
            wait_for(lambda: fetch(port, "/search?q=x")[0] == 503, "readers to be told")
            database.start()
            began = time.monotonic()
            wait_for(lambda: fetch(port, "/search?q=x")[0] == 200, "it to heal")
            slowest = max(slowest, time.monotonic() - began)
            writers.say(f"{number + 1} stops")
    assert slowest < within(5)
    assert {status for _title, status in writers.written.refused} <= {503}
    writers.written.unsure |= {title for title, _status in writers.written.refused}
    with closing(psycopg.connect(database.url)) as connection:
        compare(connection.execute, writers.written)
    assert server.stop() == 0
