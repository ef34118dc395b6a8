"""From every release before, skipping any number, a site comes to this one with all that it has."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops import releases
from tests.ops.backup import sites
from tests.ops.processes import ROOT, Server, fetch, run
from tests.ops.releases import Release
from tests.postgresql import NewDatabase

type Start = Callable[..., Server]

#: The rooms of what people wrote; others hold what is made from it, or is over soon.
WRITTEN = ("account", "accounts", "media", "posts", "publication", "transfer")
#: Tables of earlier releases that have no successor: sitemaps are by month now.
GONE = {"posts_cut"}
each = pytest.mark.parametrize("release", releases.ALL, ids=lambda release: release.version)


def test_every_version_of_the_changelog_has_left_a_site() -> None:
    named = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert named == [release.version for release in reversed(releases.ALL)]


def _is_written(table: str) -> bool:
    return table.partition("_")[0] in WRITTEN and table not in GONE


def _rows(database: Path, like: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of `database`, of the tables and columns that `like` has too."""
    found = {}
    with closing(sqlite3.connect(database)) as ours, closing(sqlite3.connect(like)) as theirs:
        for table in filter(_is_written, sites.rows(like).keys() & sites.rows(database).keys()):
            columns = [
                f'"{name}"'
                for _n, name, *_more in theirs.execute(f'PRAGMA table_info("{table}")')
                if name in {row[1] for row in ours.execute(f'PRAGMA table_info("{table}")')}
            ]
            asked = f'SELECT {", ".join(columns)} FROM "{table}"'
            found[table] = sorted(ours.execute(asked).fetchall(), key=repr)
    return found


def _upgraded(release: Release, data: Path, old: Path) -> None:
    """Check that `data` has every row and image that the release left; they are put at `old`."""
    release.unpack(old)
    was, now = (folder / "broadsheet.sqlite3" for folder in (old, data))
    before, after = _rows(was, was), _rows(now, was)
    assert {"posts_post", "posts_revision", "accounts_user", "media_image"} <= before.keys()
    for table, rows in before.items():
        assert after.get(table) == rows, table
    assert sites.files(data / "media") == sites.files(old / "media")


@pytest.mark.slow
@each
def test_its_data_is_served_as_it_lies(release: Release, start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    release.unpack(data)
    serve = "broadsheet", "serve", "--port", "{port}"
    server = start(*serve, data=data, BROADSHEET_WORKER="no")
    expected = {**release.addresses(), "/api": 200}  # which leads to the documentation since
    assert {address: fetch(server.port, address)[0] for address in expected} == expected
    assert re.search(r"<h1[^>]*>\s*Jam\s*</h1>", fetch(server.port, "/jam")[1])
    server.stop()
    _upgraded(release, data, tmp_path / "old")


@pytest.mark.slow
@each
def test_its_backup_is_restored(release: Release, tmp_path: Path) -> None:
    data = tmp_path / "data"
    result = run(data, "restore", str(release.archive))
    assert result.returncode == 0, result.stderr
    _upgraded(release, data, tmp_path / "old")


@pytest.mark.slow
@each
def test_its_backup_is_restored_into_postgresql_and_comes_back(
    release: Release, tmp_path: Path, new_database: NewDatabase
) -> None:
    there, back, url = tmp_path / "there", tmp_path / "back", new_database()
    result = run(
        there, "restore", str(release.archive), "--through", new_database(), DATABASE_URL=url
    )
    assert result.returncode == 0, result.stderr
    result = run(back, "move", url, f"sqlite:///{back / 'broadsheet.sqlite3'}")
    assert result.returncode == 0, result.stderr
    release.unpack(tmp_path / "old")
    was, now = (folder / "broadsheet.sqlite3" for folder in (tmp_path / "old", back))
    before, after = _rows(was, was), _rows(now, was)
    assert {t: len(rows) for t, rows in after.items()} == {t: len(r) for t, r in before.items()}
