"""A SQLite site with varied content, to be moved to another database."""

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
    """The database of a site with 300 posts; tests must not change it."""
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
def source_file(seeded: Path, tmp_path: Path) -> Path:
    """The SQLite database to move: a copy for one test."""
    copy = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(seeded)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


@pytest.fixture
def edit(source_file: Path) -> Edit:
    """Return a function that runs SQL on the database to move."""

    def edit(sql: str) -> None:
        with closing(sqlite3.connect(source_file)) as connection, connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f'DROP TRIGGER "{name}"')
            connection.execute(sql)

    return edit


@pytest.fixture
def source_is_unchanged(source_file: Path, tmp_path: Path) -> Callable[[], bool]:
    """Return a function that tells whether the database to move is unchanged."""
    before = tmp_path / "before.sqlite3"
    shutil.copy(source_file, before)

    def source_is_unchanged() -> bool:
        with closing(sqlite3.connect(source_file)) as now, closing(sqlite3.connect(before)) as then:
            return list(now.iterdump()) == list(then.iterdump())

    return source_is_unchanged
