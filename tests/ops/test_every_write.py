"""Every place where Broadsheet writes a file, made to fail in real processes."""

import ast
import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.utils import timezone

import broadsheet
from broadsheet.lib import logs, secret_keys
from tests.ops.backup import sites
from tests.ops.faulty_disk import FaultyDisk
from tests.ops.processes import run

PACKAGE = Path(broadsheet.__file__).parent
ARCHIVE, SOURCE, DATA = "ARCHIVE", "SOURCE", "DATA"
COMMANDS: dict[str, list[str]] = {
    "backup": ["backup"],
    "restore": ["restore", ARCHIVE],
    "rotate-key": ["rotate-key"],
    "import": ["import", "markdown", SOURCE],
    "export": ["export", "markdown", f"{DATA}/out"],
}
#: After how many steps the disk starts to reject writes.
STEPS = (0, 1, 3, 5)
#: Where files are written, by the tests in which these writes fail.
PLACES = {
    "test_every_write.py": {
        "lib/secret_keys.py _locked", "lib/secret_keys.py _replace",
        "ops/backup/archive_members.py MediaFiles._link",
        "ops/backup/create.py scratch_folder", "ops/backup/data_lock.py acquire_shared",
        "ops/backup/extract.py _write", "ops/backup/restore.py restore",
        "transfer/management/commands/import.py _open",
        "transfer/management/commands/import.py _report_path",
        "transfer/exporters/outputs.py _FolderOutput.put",
        "transfer/exporters/outputs.py open_output",
    },
    "test_disk.py": {
        "lib/file_storage.py make_public", "lib/file_storage.py AtomicFileStorage._save",
        "ops/monitoring/health_checks.py disk",
        "transfer/jobs.py execute", "transfer/uploads.py _write",
    },
    "test_disk_and_commands.py": {
        "ops/server/bootstrap.py create_data_folder", "ops/server/bootstrap.py record_collected",
        "ops/server/bootstrap.py _exclusive", "ops/database/copy_sqlite.py SQLiteDatabase.__init__",
        "ops/deploy/cli.py _temporary_folder", "ops/deploy/writer.py write_file",
    },
    "test_faulty_server.py": {
        "ops/monitoring/heartbeat.py _make_folder",
        "ops/server/job_recovery.py _lock_worker_file", "ops/litestream/process.py replicate",
        "ops/litestream/program.py write_config", "ops/litestream/restore.py restore",
    },
    "deploy/test_installation.py": {
        "ops/deploy/install.py Installation._configure_nginx",
        "ops/deploy/service_user.py chown_recursive",
    },
    "monitoring/test_metrics_file.py": {
        "ops/monitoring/metrics_file.py MetricsFile.__init__",
        "ops/monitoring/metrics_file.py MetricsFile._write",
        "pagecache/stats.py open_stats",
    },
    "backup/test_backup.py": {
        "ops/backup/storages.py FolderStorage.write", "ops/backup/snapshot.py _copy_sqlite",
    },
    "backup/test_restore.py": {"ops/backup/postgresql_restore.py _run"},
    "backup/test_scheduled.py": {"ops/backup/verify.py verify"},
    "backup/test_restore_killed.py": {
        "ops/backup/journal.py _swap", "ops/backup/journal.py _move_old",
        "ops/backup/journal.py _move_new", "ops/backup/journal.py begin",
    },
    "backup/test_replica.py": {"ops/litestream/startup_check.py _check_folder"},
}  # fmt: skip
#: Functions that open existing files, files in memory, or a pipe.
READING = {
    "ops/backup/data_lock.py is_in_use", "ops/backup/extract.py _decrypted.decrypt",
    "ops/backup/restore.py _check_sqlite", "ops/checks.py _supports_json",
    "pagecache/sqlite_wal.py WalIndexHeader.__init__",
    "transfer/archives.py open_source", "ops/litestream/restore.py _fetch",
}  # fmt: skip
_WRITERS = {
    "write_text", "write_bytes", "touch", "mkdir", "makedirs", "symlink_to", "link", "rename",
    "mkstemp", "mkdtemp", "TemporaryFile", "NamedTemporaryFile", "TemporaryDirectory", "mmap",
    "posix_fallocate", "pwrite", "truncate", "copyfile", "copytree", "ZipFile",
}  # fmt: skip


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    text = ast.unparse(call)
    if name == "replace":  # that of a path: a string's has two arguments
        return isinstance(call.func, ast.Attribute) and len(call.args) == 1
    if name in {"open", "fdopen"}:
        modes = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        opens = any(isinstance(m, str) and len(m) <= 3 and set(m) & set("wax+") for m in modes)
        return opens or any(flag in text for flag in ("O_WRONLY", "O_RDWR", "O_CREAT"))
    return name in _WRITERS or text.startswith("sqlite3.connect")


def _places(node: ast.AST, scope: tuple[str, ...] = ()) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        inner = scope
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inner = (*scope, child.name)
        if isinstance(child, ast.Call) and _writes(child):
            yield ".".join(inner)
        yield from _places(child, inner)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a post and its image, an archive of it, and a post to import."""
    folder = tmp_path_factory.mktemp("site")
    sites.fill(folder / "data", posts=1)
    assert run(folder / "data", "backup", str(folder / "archives")).returncode == 0
    (folder / "source").mkdir()
    (folder / "source" / "a.md").write_text("---\ntitle: Imported\n---\n\nText.")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "backup",
        pytest.param("restore", marks=pytest.mark.prove),
        pytest.param("rotate-key", marks=pytest.mark.prove),
        pytest.param("import", marks=pytest.mark.prove),
        pytest.param("export", marks=pytest.mark.prove),
    ],
)
def test_a_command_reports_a_disk_error_at_any_step_in_one_line(
    name: str, site: Path, tmp_path: Path
) -> None:
    words = {ARCHIVE: str(sites.only(site / "archives")), SOURCE: str(site / "source")}
    refused: set[str] = set()
    for step in STEPS:
        folder = tmp_path / str(step)
        folder.mkdir()
        data = sites.copy(site / "data", folder / "data")
        arguments = [words.get(w, w.replace(DATA, str(data))) for w in COMMANDS[name]]
        before = sites.state(data)
        disk = FaultyDisk(data, folder / "switch")
        disk.fail_writes(errno.EIO, after=step)
        result = run(data, *arguments, **disk.variables)
        disk.heal()
        refused |= disk.refused
        where = f"step {step}, {disk.refused}: {result.stderr}"
        assert "Traceback" not in result.stderr, where
        if result.returncode:
            assert result.stderr.count("\n") == 1, where
            assert sites.state(data) == before, where
        else:
            assert not disk.refused - {"ops/backup/data_lock.py acquire_shared"}, where
    assert refused <= set().union(*PLACES.values())
    assert run(data, *arguments).returncode == 0, "once the disk is fixed"


@pytest.mark.slow
def test_every_place_that_writes_a_file_is_listed() -> None:
    places = {
        f"{file.relative_to(PACKAGE)} {name}"
        for file in PACKAGE.rglob("*.py")
        for name in _places(ast.parse(file.read_text()))
    }
    tested = set().union(*PLACES.values())
    assert places == tested | READING
    for name in PLACES:
        assert (Path(__file__).parent / name).exists()


def test_a_partially_written_secret_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    path = tmp_path / "secret-key"
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="Input/output error"):
            secret_keys.current_key(path)
        assert path.read_text() == ""
    secret = secret_keys.current_key(path)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        now = timezone.now()
        with pytest.raises(OSError, match="Input/output error"):
            secret_keys.rotate(path, at=now, since=now)
    assert secret_keys.current_key(path) == secret
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["full", "closed"])
def test_errors_while_logging_are_ignored(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - it may be closed earlier
    if kind == "closed":
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    console = logs.ConsoleHandler()
    for text, values in (("Not to be read", ()), ("Nor %s %s", ("this",))):
        console.handle(logging.LogRecord("tests", logging.ERROR, __file__, 1, text, values, None))
    with suppress(OSError):
        stream.close()
