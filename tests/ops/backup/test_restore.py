"""`broadsheet restore`: the site of the archive, or the current one unchanged."""

import errno
import io
import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pyrage
import pytest

from broadsheet.ops.backup.archive import TarWriter, compress
from tests.ops.backup import sites
from tests.ops.faulty_disk import FaultyDisk
from tests.ops.processes import Server, environment, fetch, free_port, run
from tests.postgresql import NewDatabase


def restore(data: Path, archive: Path, *more: object, **variables: str) -> str:
    """Restore the archive; return the output."""
    result = run(data, "restore", str(archive), *map(str, more), **variables)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.slow
def test_restoring_into_an_empty_folder_recreates_the_site_and_nothing_else(
    source_data: Path, archive: Path, identity: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    restore(data, archive, "--identity", identity)
    assert sites.state(data) == sites.state(source_data)
    assert run(data, "restore", "--forget").stderr.startswith(
        "CommandError: There is no replaced site"
    )
    assert (data / "restore" / "settings.env").read_text().startswith("BROADSHEET_DATA=")


@pytest.mark.slow
@pytest.mark.prove
def test_the_replaced_site_is_kept_and_can_be_swapped_back_and_forth(
    source_data: Path, other_data: Path, archive: Path, identity: Path, tmp_path: Path
) -> None:
    data = sites.copy(other_data, tmp_path / "data")
    before, after = sites.state(data), sites.state(source_data)
    restore(data, archive, "--identity", identity)
    assert sites.state(data) == after
    second = run(data, "restore", str(archive), "--identity", str(identity))
    assert second.returncode == 1
    assert "still exists" in second.stderr
    for expected in (before, after, before):
        assert run(data, "restore", "--back").returncode == 0
        assert sites.state(data) == expected
    assert run(data, "restore", "--forget").returncode == 0
    assert not (data / "restore" / "replaced").exists()
    restore(data, archive, "--identity", identity)
    assert sites.state(data) == after


@pytest.mark.slow
def test_a_restored_site_is_served(archive: Path, identity: Path, tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    restore(data, archive, "--identity", identity)
    server = Server.start(data, ["broadsheet", "serve", "--port", str(port)], port)
    try:
        status, page = fetch(port, "/post-1")
        assert status == 200
        assert "Words of number 1." in page
        result = run(data, "restore", str(archive), "--identity", str(identity))
        assert result.returncode == 1
        assert result.stderr.startswith("CommandError: The site is in use. Stop `broadsheet serve`")
    finally:
        server.kill()


@pytest.mark.slow
def test_an_unencrypted_archive_leaves_the_current_secret_key(
    other_data: Path, plain_archive: Path, tmp_path: Path
) -> None:
    data = sites.copy(other_data, tmp_path / "data")
    key = (data / "secret-key").read_bytes()
    restore(data, plain_archive)
    assert (data / "secret-key").read_bytes() == key
    assert run(data, "restore", "--back").returncode == 0
    assert (data / "secret-key").read_bytes() == key


WAIT = "import sys; print('here', flush=True); sys.stdin.read()"


@pytest.mark.slow
def test_a_restore_is_rejected_while_another_command_runs(
    other_data: Path, plain_archive: Path, tmp_path: Path
) -> None:
    data = sites.copy(other_data, tmp_path / "data")
    with subprocess.Popen(
        [sys.executable, "-m", "broadsheet", "shell", "--no-imports", "-c", WAIT],
        env=environment(data),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "here\n"
        before = sites.state(other_data)
        result = run(data, "restore", str(plain_archive))
        other.stdin.close()
    assert "The site is in use" in result.stderr
    assert sites.state(data) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "The archive is encrypted. Provide the file with your private key"),
        (["--identity", "wrong"], "The archive is encrypted for other keys"),
        (["--identity", "missing"], "The identity missing cannot be read"),
        (["--identity", "empty"], "empty has no age identity"),
        (["--identity", "nonsense"], "nonsense has no valid age identity"),
    ],
)
def test_without_the_right_key_nothing_is_changed(
    other_data: Path, archive: Path, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    data = sites.copy(other_data, tmp_path / "data")
    before = sites.state(data)
    (tmp_path / "wrong").write_text(str(pyrage.x25519.Identity.generate()))
    (tmp_path / "empty").write_text("# nothing\n")
    (tmp_path / "nonsense").write_text("AGE-SECRET-KEY-1NONSENSE\n")
    result = run(data, "restore", str(archive), *arguments)
    assert result.returncode == 1
    assert result.stderr.startswith(f"CommandError: {reason}")
    assert result.stderr.count("\n") == 1
    assert sites.state(data) == before


def with_manifest(archive: Path, **changes: object) -> bytes:
    """Return the archive with `changes` in its manifest, and correct checksums."""
    found = sites.contents(archive.read_bytes())
    manifest = json.loads(found["manifest.json"]) | changes
    found["manifest.json"] = json.dumps(manifest).encode()
    rows = json.loads(found.pop("checksums.json"))["rows"]
    tar = TarWriter()
    chunks = [
        b"".join(tar.add(name, io.BytesIO(data), size=len(data), modified=0))
        for name, data in found.items()
    ]
    return b"".join(compress([*chunks, *tar.finish({"rows": rows}, modified=0)]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 2}, "The archive has format 2, but this version supports 1"),
        (
            {"migrations": [["posts", "9999_later"]], "broadsheet": "7.0"},
            "The archive is from a later version, 7.0 (this one does not have posts.9999_later)",
        ),
        ({"engine": "postgresql"}, "The archive is damaged (it has no database)"),
    ],
)
def test_an_unsupported_archive_is_rejected(
    other_data: Path, plain_archive: Path, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    data = sites.copy(other_data, tmp_path / "data")
    before = sites.state(data)
    (tmp_path / "changed").write_bytes(with_manifest(plain_archive, **changes))
    result = run(data, "restore", str(tmp_path / "changed"))
    assert result.stderr.startswith(f"CommandError: {reason}")
    assert sites.state(data) == before
    assert not (data / "restore" / "new").exists()


@pytest.mark.slow
def test_an_entry_with_an_invalid_path_is_rejected(
    other_data: Path, plain_archive: Path, tmp_path: Path
) -> None:
    data = sites.copy(other_data, tmp_path / "data")
    manifest = sites.contents(plain_archive.read_bytes())["manifest.json"]
    for name in ("media/../../../escaped", "/escaped", "escaped"):
        tar = TarWriter()
        first = b"".join(tar.add_text("manifest.json", manifest.decode(), modified=0))
        second = b"".join(tar.add_text(name, "gotcha", modified=0))
        (tmp_path / "changed").write_bytes(
            b"".join(compress([first, second, *tar.finish({"rows": {}}, modified=0)]))
        )
        result = run(data, "restore", str(tmp_path / "changed"))
        assert result.stderr.startswith(
            "CommandError: The archive is damaged (it has an invalid entry"
        )
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["none", pytest.param("folder", marks=pytest.mark.slow)])
def test_an_invalid_archive_is_reported_in_one_line(
    other_data: Path, tmp_path: Path, name: str
) -> None:
    data = sites.copy(other_data, tmp_path / "data")
    (tmp_path / "folder").mkdir()
    result = run(data, "restore", str(tmp_path / name))
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.slow
def test_postgresql_is_restored_and_can_be_reverted(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    first, second = new_database(), new_database()
    data, other = tmp_path / "data", tmp_path / "other"
    sites.fill(data, posts=2, DATABASE_URL=first)
    assert run(data, "backup", DATABASE_URL=first).returncode == 0
    archive = sites.only(data / "backups")
    sites.fill(other, posts=1, DATABASE_URL=second)

    def titles() -> list[str]:
        with psycopg.connect(second) as connection:
            rows = connection.execute("SELECT title FROM posts_post ORDER BY title").fetchall()
        return [title for (title,) in rows]

    with psycopg.connect(second):
        result = run(other, "restore", str(archive), DATABASE_URL=second)
        assert "The database has 1 other connections" in result.stderr
    disk = FaultyDisk(Path("/"), tmp_path / "switch")
    disk.fail_writes(errno.ENOSPC, at="ops/backup/postgresql_restore.py _run")
    result = run(other, "restore", str(archive), DATABASE_URL=second, **disk.variables)
    disk.heal()
    assert "ops/backup/postgresql_restore.py _run" in disk.refused
    assert result.stderr.count("\n") == 1, result.stderr
    assert titles() == ["Post 0"]
    restore(other, archive, DATABASE_URL=second)
    assert titles() == ["Post 0", "Post 1"]
    assert sites.files(other / "media") == sites.files(data / "media")
    found = sites.shell(
        other,
        "from django.test import Client\n"
        "print(Client(SERVER_NAME='localhost').get('/search?q=words'))",
        DATABASE_URL=second,
    )
    assert "status_code=200" in found
    for expected in (["Post 0"], ["Post 0", "Post 1"]):
        result = run(other, "restore", "--back", DATABASE_URL=second)
        assert result.returncode == 0, result.stderr
        assert titles() == expected
    assert run(other, "restore", "--forget", DATABASE_URL=second).returncode == 0
    assert run(other, "backup", DATABASE_URL=second).returncode == 0
