"""A PostgreSQL server for the tests that need one: that of the run, or a temporary one."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.ops.processes import free_port, wait_for

#: `new_database()` creates an empty database and returns its URL.
type NewDatabase = Callable[[], str]

_DEBIAN = Path("/usr/lib/postgresql").glob("*/bin")
_PLACES = [*os.environ["PATH"].split(os.pathsep), *map(str, _DEBIAN)]
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "on",
    "max_connections": "200",
}


@pytest.fixture(scope="session")
def new_database() -> Iterator[NewDatabase]:
    """Create databases, and drop them after the tests."""
    if url := os.environ.get("BROADSHEET_TEST_DATABASE_URL"):
        yield from _databases(url)
    else:
        with (
            TemporaryDirectory(prefix="broadsheet-postgresql-") as folder,
            _server(Path(folder)) as url,
        ):
            yield from _databases(url)


def _databases(url: str) -> Iterator[NewDatabase]:
    psycopg = pytest.importorskip("psycopg")
    numbers = count()
    created: list[str] = []

    def new() -> str:
        name = f"broadsheet_{os.getpid()}_{next(numbers)}"
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        created.append(name)
        return urlsplit(url)._replace(path=f"/{name}").geturl()

    yield new
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        for name in created:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def programs() -> Path:
    """Return the folder of PostgreSQL's programs; skips the test if there is none."""
    initdb = shutil.which("initdb", path=os.pathsep.join(_PLACES))
    if initdb is None:
        pytest.skip("needs PostgreSQL: BROADSHEET_TEST_DATABASE_URL, or its programs")
    return Path(initdb).resolve().parent


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """Start a server with its data in `folder`, as fast as possible and not durable."""
    initdb = programs() / "initdb"
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    data, port = folder / "data", free_port()
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        shutil.chown(folder, user)
    credentials = {"user": user} if os.geteuid() == 0 else {}
    with (folder / "log").open("w") as log:
        arguments: dict[str, Any] = {"cwd": folder, "stdout": log, "stderr": log, **credentials}
        initialize = [str(initdb), "-D", str(data), "-A", "trust", "-U", "broadsheet", "-N"]
        subprocess.run(initialize, check=True, **arguments)
        options = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = [str(initdb.with_name("postgres")), "-D", str(data), "-p", str(port)]
        command += ["-k", str(folder)]
        server = subprocess.Popen([*command, *options], **arguments)
    url = f"postgresql://broadsheet@127.0.0.1:{port}/postgres"
    try:
        wait_for(lambda: _accepts_connections(url), "PostgreSQL")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown: it closes open connections
        server.wait()


def _accepts_connections(url: str) -> bool:
    psycopg = pytest.importorskip("psycopg")
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
