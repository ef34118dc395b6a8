"""A PostgreSQL server for the tests that need one: that of the whole run, or one of their own."""

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

#: `new_database()` makes an empty database and returns its address.
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
    """Make databases, which are gone when the tests end."""
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
    made: list[str] = []

    def new() -> str:
        name = f"broadsheet_{os.getpid()}_{next(numbers)}"
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        made.append(name)
        return urlsplit(url)._replace(path=f"/{name}").geturl()

    yield new
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def programs() -> Path:
    """Return the folder of PostgreSQL's programs; skips the test where there is none."""
    initdb = shutil.which("initdb", path=os.pathsep.join(_PLACES))
    if initdb is None:
        pytest.skip("needs PostgreSQL: BROADSHEET_TEST_DATABASE_URL, or its programs")
    return Path(initdb).resolve().parent


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """Start a server whose data is in `folder`; it is as fast and as careless as can be."""
    initdb = programs() / "initdb"
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    data, port = folder / "data", free_port()
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        shutil.chown(folder, user)
    rights = {"user": user} if os.geteuid() == 0 else {}
    with (folder / "log").open("w") as log:
        said: dict[str, Any] = {"cwd": folder, "stdout": log, "stderr": log, **rights}
        made = [str(initdb), "-D", str(data), "-A", "trust", "-U", "broadsheet", "-N"]
        subprocess.run(made, check=True, **said)
        options = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = [str(initdb.with_name("postgres")), "-D", str(data), "-p", str(port)]
        command += ["-k", str(folder)]
        server = subprocess.Popen([*command, *options], **said)
    url = f"postgresql://broadsheet@127.0.0.1:{port}/postgres"
    try:
        wait_for(lambda: _answers(url), "PostgreSQL")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # at once, whoever is connected
        server.wait()


def _answers(url: str) -> bool:
    psycopg = pytest.importorskip("psycopg")
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
