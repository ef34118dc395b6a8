"""Settings of the databases: where they are, how long they are waited for, what is read from."""

from pathlib import Path

import pytest

from broadsheet.lib.env import StartupError
from tests.ops.conftest import Load
from tests.ops.processes import run


def test_sqlite_has_no_replica_to_read_from(tmp_path: Path) -> None:
    result = run(tmp_path / "data", "migrate", DATABASE_REPLICA_URL="postgresql://localhost/b")
    assert result.returncode == 2
    assert result.stderr == (
        "broadsheet: DATABASE_REPLICA_URL: replicas need PostgreSQL, but DATABASE_URL is SQLite. "
        "For example: DATABASE_REPLICA_URL=\n"
    )


def test_a_replica_is_asked_as_the_primary_is_but_for_writes(load: Load) -> None:
    address = "postgresql://ann:tiger@10.0.0.8,10.0.0.9/b?target_session_attrs=read-write"
    databases = load(DATABASE_URL=address, DATABASE_REPLICA_URL="postgresql://bob@10.0.0.9/b")[
        "DATABASES"
    ]
    replica, primary = databases["replica"], databases["default"]
    assert (replica["HOST"], replica["USER"], replica["PASSWORD"]) == ("10.0.0.9", "bob", "")
    assert replica["OPTIONS"].items() < primary["OPTIONS"].items()
    assert "target_session_attrs" not in replica["OPTIONS"]


@pytest.mark.parametrize(("output", "seconds"), [("", 3), ("?connect_timeout=7", 7)])
def test_a_postgresql_that_is_gone_is_not_waited_for_long(
    load: Load, output: str, seconds: int
) -> None:
    settings = load(DATABASE_URL=f"postgresql://ann@10.0.0.9/broadsheet{output}")
    assert settings["DATABASES"]["default"]["OPTIONS"]["connect_timeout"] == seconds


def test_the_database_may_be_on_any_of_several_machines(load: Load) -> None:
    address = "postgresql://ann:tiger@10.0.0.8:5432,10.0.0.9:5433/b?target_session_attrs=read-write"
    database = load(DATABASE_URL=address)["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"]) == ("10.0.0.8,10.0.0.9", "5432,5433")
    assert database["OPTIONS"]["target_session_attrs"] == "read-write"
    with pytest.raises(StartupError, match="invalid host or port"):
        load(DATABASE_URL=address.replace("5432", "port"))
