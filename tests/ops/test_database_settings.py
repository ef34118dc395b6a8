"""Database settings: URLs, connection timeouts and the read replica."""

from pathlib import Path

import pytest

from broadsheet.lib.env import StartupError
from tests.ops.conftest import Load
from tests.ops.processes import run


@pytest.mark.slow
def test_a_replica_url_is_rejected_with_sqlite(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "migrate", DATABASE_REPLICA_URL="postgresql://localhost/b")
    assert result.returncode == 2
    assert result.stderr == (
        "broadsheet: DATABASE_REPLICA_URL: replicas need PostgreSQL, but DATABASE_URL is SQLite. "
        "For example: DATABASE_REPLICA_URL=\n"
    )


def test_a_replica_has_the_options_of_the_primary_except_those_for_writing(load: Load) -> None:
    url = "postgresql://ann:tiger@10.0.0.8,10.0.0.9/b?target_session_attrs=read-write"
    databases = load(DATABASE_URL=url, DATABASE_REPLICA_URL="postgresql://bob@10.0.0.9/b")[
        "DATABASES"
    ]
    replica, primary = databases["replica"], databases["default"]
    assert (replica["HOST"], replica["USER"], replica["PASSWORD"]) == ("10.0.0.9", "bob", "")
    assert replica["OPTIONS"].items() < primary["OPTIONS"].items()
    assert "target_session_attrs" not in replica["OPTIONS"]


@pytest.mark.parametrize(("query", "seconds"), [("", 3), ("?connect_timeout=7", 7)])
def test_the_connection_timeout_is_short_unless_the_url_sets_it(
    load: Load, query: str, seconds: int
) -> None:
    settings = load(DATABASE_URL=f"postgresql://ann@10.0.0.9/broadsheet{query}")
    assert settings["DATABASES"]["default"]["OPTIONS"]["connect_timeout"] == seconds


def test_the_database_url_can_name_several_hosts(load: Load) -> None:
    url = "postgresql://ann:tiger@10.0.0.8:5432,10.0.0.9:5433/b?target_session_attrs=read-write"
    database = load(DATABASE_URL=url)["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"]) == ("10.0.0.8,10.0.0.9", "5432,5433")
    assert database["OPTIONS"]["target_session_attrs"] == "read-write"
    with pytest.raises(StartupError, match="invalid host or port"):
        load(DATABASE_URL=url.replace("5432", "port"))
