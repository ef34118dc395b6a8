"""An archive of one database engine is restored into a site with the other."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.ops.backup import sites
from tests.ops.processes import run
from tests.postgresql import NewDatabase


@pytest.mark.slow
def test_restoring_without_through_suggests_it_and_changes_nothing(
    data: Path, new_database: NewDatabase
) -> None:
    assert run(data, "backup").returncode == 0
    url = new_database()
    other = data.parent / "other"
    result = run(other, "restore", str(sites.only(data / "backups")), DATABASE_URL=url)
    assert result.returncode == 1
    assert "Provide an empty database for the conversion: --through postgresql://…" in result.stderr
    with psycopg.connect(url) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


def _parsed(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    """Return the rows with JSON parsed, because PostgreSQL orders keys differently."""
    return [[json.loads(v) if str(v).startswith("{") else v for v in row] for row in rows]


@pytest.mark.prove
def test_from_sqlite_to_postgresql_and_back(data: Path, new_database: NewDatabase) -> None:
    before = sites.rows(data / "broadsheet.sqlite3")
    assert run(data, "backup").returncode == 0
    url, converted, back = new_database(), data.parent / "there", data.parent / "back"
    archive = str(sites.only(data / "backups"))
    result = run(converted, "restore", archive, "--through", new_database(), DATABASE_URL=url)
    assert result.returncode == 0, result.stderr
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT title, content FROM posts_post").fetchall()
    assert len(found) == 3
    assert run(converted, "backup", DATABASE_URL=url).returncode == 0
    archive = str(sites.only(converted / "backups"))
    result = run(back, "restore", archive, "--through", new_database())
    assert result.returncode == 0, result.stderr
    after = sites.rows(back / "broadsheet.sqlite3")
    for table in ("posts_post", "posts_revision", "posts_tag", "accounts_user", "media_image"):
        assert _parsed(after[table]) == _parsed(before[table])
    assert sites.files(back / "media") == sites.files(data / "media")
