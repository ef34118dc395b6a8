"""PostgreSQL stopped at once, again and again: what was acknowledged is there, and it heals."""

import os
import pwd
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from tests.ops.processes import Server, fetch, free_port, run, wait_for
from tests.ops.prove.test_kills import SEED, SETTINGS, compare
from tests.ops.prove.writing import Writers
from tests.postgresql import programs

pytestmark = [pytest.mark.server, pytest.mark.slow]


class Database:
    """A server of PostgreSQL with its usual care for what was committed."""

    def __init__(self, folder: Path) -> None:
        self._data, self._port, self._folder = folder / "data", free_port(), folder
        is_root = os.geteuid() == 0  # which PostgreSQL refuses to run as
        user = "postgres" if is_root else pwd.getpwuid(os.geteuid()).pw_name
        self._rights: dict[str, Any] = {"user": user} if is_root else {}
        shutil.chown(folder, user)
        self._run("initdb", "-A", "trust", "-U", "broadsheet", "-N")
        self.url = f"postgresql://broadsheet@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self._port} -k {self._folder} -c max_connections=200"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop_at_once(self) -> None:
        """Stop it as a loss of power would: it writes nothing more."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *words: str) -> None:
        command = [str(programs() / program), "-D", str(self._data), *words]
        subprocess.run(
            command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, **self._rights
        )


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
) -> None:
    writes, stops = (2_500, 50) if pytestconfig.getoption("--prove") else (90, 3)
    moments = random.Random(12)
    data, port = tmp_path / "data", free_port()
    settings = {**SETTINGS, "DATABASE_URL": database.url}
    assert run(data, "migrate", "--verbosity=0", **settings).returncode == 0
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
    assert slowest < 5
    assert {status for _title, status in writers.written.refused} <= {503}
    writers.written.unsure |= {title for title, _status in writers.written.refused}
    with closing(psycopg.connect(database.url)) as connection:
        compare(connection.execute, writers.written)
    assert server.stop() == 0
