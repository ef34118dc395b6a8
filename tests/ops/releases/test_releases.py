"""Sites of all earlier releases can be upgraded directly to this one, with all their data."""

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

#: Apps with content; the others have derived or short-lived data.
CONTENT_APPS = ("account", "accounts", "media", "posts", "publication", "transfer")
#: Tables of earlier releases without a successor: sitemaps are by month now.
REMOVED_TABLES = {"posts_cut"}
each_release = pytest.mark.parametrize("release", releases.ALL, ids=lambda release: release.version)


def test_every_version_in_the_changelog_has_an_archived_site() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions == [release.version for release in reversed(releases.ALL)]


def _has_content(table: str) -> bool:
    return table.partition("_")[0] in CONTENT_APPS and table not in REMOVED_TABLES


def _rows(database: Path, like: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of `database`, of the tables and columns that `like` also has."""
    found = {}
    with closing(sqlite3.connect(database)) as ours, closing(sqlite3.connect(like)) as theirs:
        for table in filter(_has_content, sites.rows(like).keys() & sites.rows(database).keys()):
            columns = [
                f'"{name}"'
                for _n, name, *_more in theirs.execute(f'PRAGMA table_info("{table}")')
                if name in {row[1] for row in ours.execute(f'PRAGMA table_info("{table}")')}
            ]
            query = f'SELECT {", ".join(columns)} FROM "{table}"'
            found[table] = sorted(ours.execute(query).fetchall(), key=repr)
    return found


def _check_upgrade(release: Release, data: Path, old: Path) -> None:
    """Check that `data` has all rows and images of the release, which is unpacked to `old`."""
    release.unpack(old)
    was, now = (folder / "broadsheet.sqlite3" for folder in (old, data))
    before, after = _rows(was, was), _rows(now, was)
    assert {"posts_post", "posts_revision", "accounts_user", "media_image"} <= before.keys()
    for table, rows in before.items():
        assert after.get(table) == rows, table
    assert sites.files(data / "media") == sites.files(old / "media")


@pytest.mark.slow
@each_release
def test_the_data_folder_of_a_release_is_served_after_an_upgrade(
    release: Release, start: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    release.unpack(data)
    serve = "broadsheet", "serve", "--port", "{port}"
    server = start(*serve, data=data, BROADSHEET_WORKER="no")
    expected = {**release.statuses(), "/api": 200}  # redirects to the documentation now
    assert {url: fetch(server.port, url)[0] for url in expected} == expected
    assert re.search(r"<h1[^>]*>\s*Jam\s*</h1>", fetch(server.port, "/jam")[1])
    server.stop()
    _check_upgrade(release, data, tmp_path / "old")


@pytest.mark.slow
@each_release
def test_the_backup_of_a_release_is_restored(release: Release, tmp_path: Path) -> None:
    data = tmp_path / "data"
    result = run(data, "restore", str(release.archive))
    assert result.returncode == 0, result.stderr
    _check_upgrade(release, data, tmp_path / "old")


@pytest.mark.slow
@each_release
@pytest.mark.prove
def test_the_backup_of_a_release_survives_a_round_trip_through_postgresql(
    release: Release, tmp_path: Path, new_database: NewDatabase
) -> None:
    converted, back, url = tmp_path / "there", tmp_path / "back", new_database()
    result = run(
        converted, "restore", str(release.archive), "--through", new_database(), DATABASE_URL=url
    )
    assert result.returncode == 0, result.stderr
    result = run(back, "move", url, f"sqlite:///{back / 'broadsheet.sqlite3'}")
    assert result.returncode == 0, result.stderr
    release.unpack(tmp_path / "old")
    was, now = (folder / "broadsheet.sqlite3" for folder in (tmp_path / "old", back))
    before, after = _rows(was, was), _rows(now, was)
    assert {t: len(rows) for t, rows in after.items()} == {t: len(r) for t, r in before.items()}
