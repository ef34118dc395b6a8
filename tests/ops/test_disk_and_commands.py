"""Commands report disk errors in one line, change nothing, and succeed once the disk is fixed."""

import errno
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ops.backup import sites
from tests.ops.faulty_disk import FaultyDisk
from tests.ops.processes import Server, fetch, run

pytestmark = pytest.mark.slow

PUBLIC = {"BROADSHEET_URL": "https://example.org", "BROADSHEET_PROXIES": "1"}
DATABASE, COPY, ROOT = "sqlite:///{data}/broadsheet.sqlite3", "{data}/copy.sqlite3", "{data}/root"
#: Files with which processes coordinate, and the database: SQLite may copy its log into it when
#: it is read, so its rows are compared instead.
TRANSIENT = ("in-use", "secret-key", "run/", "broadsheet.sqlite3")
COMMANDS = {
    "ops/server/bootstrap.py record_collected": ["collectstatic"],
    "ops/database/copy_sqlite.py SQLiteDatabase.__init__": ["move", DATABASE, f"sqlite:///{COPY}"],
    "ops/deploy/cli.py _temporary_folder": ["deploy", "--help"],
    "ops/deploy/writer.py write_file": ["deploy", f"--root={ROOT}", "--yes"],
}


@pytest.mark.prove
@pytest.mark.parametrize("place", COMMANDS)
def test_a_command_reports_a_disk_error_in_one_line_and_succeeds_once_it_is_fixed(
    place: str, prepared: Path, tmp_path: Path
) -> None:
    data = sites.copy(prepared, tmp_path / "data")
    words = [word.format(data=data) for word in COMMANDS[place]]
    (data / "static" / ".fingerprint").unlink(missing_ok=True)
    more = PUBLIC if words[0] == "deploy" else {}
    before, rows = sites.files(data), sites.rows(data / "broadsheet.sqlite3")
    disk = FaultyDisk(Path("/"), tmp_path / "switch")
    disk.fail_writes(errno.ENOSPC, at=place)
    result = run(data, *words, **more, **disk.variables)
    assert disk.refused == {place}
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert re.search("[Nn]o (space left|usable temporary directory)", result.stderr)
    after = sites.files(data)
    changed = {name for name in after if after[name] != before.get(name)}
    assert not {name for name in changed if not name.startswith(TRANSIENT)}
    assert sites.rows(data / "broadsheet.sqlite3") == rows
    disk.heal()
    result = run(data, *words, **more, **disk.variables)
    assert result.returncode == 0, result.stderr


@pytest.mark.prove
@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_commands_fail_until_the_data_folder_and_the_key_can_be_written(
    command: str, tmp_path: Path
) -> None:
    refused: set[str] = set()
    for step in (0, 2, 4, 6):
        data = tmp_path / str(step) / "data"
        data.parent.mkdir()
        disk = FaultyDisk(data, data.parent / "switch")
        disk.fail_writes(errno.EROFS, after=step)
        result = run(data, command, **disk.variables)
        assert result.returncode in {1, 2}, result.stderr
        assert result.stderr.startswith("broadsheet: "), result.stderr
        assert result.stderr.count("\n") == 1, result.stderr
        assert "Read-only file system" in result.stderr
        refused |= disk.refused
        disk.heal()
    assert "The database is not set up" in run(data, "worker", **disk.variables).stderr
    assert (data / "secret-key").stat().st_size > 64
    assert {
        "ops/server/bootstrap.py create_data_folder",
        "lib/file_storage.py make_public",
        "lib/secret_keys.py _locked",
        "lib/secret_keys.py _replace",
    } <= refused


def test_serve_reports_a_failed_setup_in_one_line_and_starts_once_the_disk_is_fixed(
    prepared: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    data = sites.copy(prepared, tmp_path / "data")
    (data / "static" / ".fingerprint").unlink()
    place = "ops/server/bootstrap.py _exclusive"
    disk = FaultyDisk(data, tmp_path / "switch")
    disk.fail_writes(errno.EIO, at=place)
    result = run(data, "serve", **disk.variables)
    assert disk.refused == {place}
    assert result.returncode == 1
    assert result.stderr.startswith("broadsheet: The disk cannot be written to. Fix that")
    assert result.stderr.count("\n") == 1
    disk.heal()
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **disk.variables)
    assert fetch(server.port)[0] == 200
    assert (data / "static" / ".fingerprint").exists()
