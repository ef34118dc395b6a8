"""A site with a little of everything, in a file of SQLite, to be moved."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops.processes import ROOT, environment, set_up

type Edit = Callable[[str], None]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("move") / "data"
    set_up(data)
    settings = environment(data, DJANGO_SETTINGS_MODULE="broadsheet.settings")
    subprocess.run(
        [sys.executable, "-m", "bench.seed", "300", "200"],
        env=settings,
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return data / "broadsheet.sqlite3"


@pytest.fixture
def old(seeded: Path, tmp_path: Path) -> Path:
    """The file that is moved; the test's own."""
    copied = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(seeded)) as source, closing(sqlite3.connect(copied)) as target:
        source.backup(target)
    return copied


@pytest.fixture
def edit(old: Path) -> Edit:
    """Run SQL on the file that is moved."""

    def edit(sql: str) -> None:
        with closing(sqlite3.connect(old)) as connection, connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f'DROP TRIGGER "{name}"')
            connection.execute(sql)

    return edit


@pytest.fixture
def kept(old: Path, tmp_path: Path) -> Callable[[], bool]:
    """Return whether the file that is moved is as it was."""
    before = tmp_path / "before.sqlite3"
    shutil.copy(old, before)

    def kept() -> bool:
        with closing(sqlite3.connect(old)) as now, closing(sqlite3.connect(before)) as then:
            return list(now.iterdump()) == list(then.iterdump())

    return kept
