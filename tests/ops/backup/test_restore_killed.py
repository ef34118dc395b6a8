"""A restore that is killed leaves a complete site: the old one or the new one."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.ops.backup import sites
from tests.ops.processes import environment, run
from tests.postgresql import NewDatabase


@pytest.mark.slow
@pytest.mark.prove
def test_a_restore_killed_at_any_step_leaves_the_old_or_the_new_site(
    source_data: Path, other_data: Path, archive: Path, identity: Path, tmp_path: Path
) -> None:
    call = f"restore.restore(open({str(archive)!r}, 'rb'), {str(identity)!r}, print)"
    kill_at_each_step(other_data, sites.state(source_data), tmp_path, call)


@pytest.mark.slow
@pytest.mark.prove
def test_a_replica_restore_killed_at_any_step_leaves_the_old_or_new_database(
    source_data: Path, other_data: Path, tmp_path: Path
) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    sites.shell(sites.copy(source_data, tmp_path / "source"), _REPLICATE, **replica)
    rows, *others = sites.state(other_data)
    new = (sites.state(source_data)[0], *others)
    assert new != (rows, *others)
    kill_at_each_step(other_data, new, tmp_path, "litestream_restore.restore('', print)", **replica)


def kill_at_each_step(
    before: Path, new: tuple[object, ...], folder: Path, call: str, **more: str
) -> None:
    """Kill `call`, which restores over a copy of the site in `before`, at each of its steps."""
    data = sites.copy(before, folder / "data")
    old, seen = sites.state(data), set()
    for number in range(40):
        result = subprocess.run(
            [sys.executable, "-c", _KILLED.format(number=number) + call],
            env=environment(data, DJANGO_SETTINGS_MODULE="broadsheet.settings", **more),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode == 0:
            break
        assert result.returncode == -signal.SIGKILL, result.stderr
        assert run(data, "config").returncode == 0  # the next command completes the restore
        seen.add("new" if (found := sites.state(data)) == new else "old")
        assert found in (old, new)
        shutil.rmtree(data)
        sites.copy(before, data)
    assert result.returncode == 0, "all steps were tried"
    assert sites.state(data) == new
    assert number > 3
    assert seen == {"old", "new"}


#: Kills itself before the rename, link or unlink with that number.
_KILLED = """
import os, pathlib, signal, django
django.setup()
from broadsheet.ops.backup import journal, restore
from broadsheet.ops.litestream import restore as litestream_restore
left = {number}
def dying(does):
    def do(*arguments, **more):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return does(*arguments, **more)
    return do
for name in ("rename", "replace", "unlink"):
    setattr(pathlib.Path, name, dying(getattr(pathlib.Path, name)))
os.link = dying(os.link)
"""
#: Replicates the database once with Litestream.
_REPLICATE = """
from django.conf import settings
from broadsheet.ops.litestream import program
settings.RUN.mkdir(exist_ok=True)
program.run("replicate", "-once", "-config", str(program.write_config()))
"""


@pytest.mark.prove
def test_a_killed_postgresql_restore_leaves_database_and_files_of_one_site(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    first, second = new_database(), new_database()
    data, other = tmp_path / "data", tmp_path / "other"
    sites.fill(data, posts=2, DATABASE_URL=first)
    assert run(data, "backup", DATABASE_URL=first).returncode == 0
    archive = sites.only(data / "backups")
    sites.fill(other, posts=1, DATABASE_URL=second)
    old, new = sites.files(other / "media"), sites.files(data / "media")
    seen = set()
    for number in range(100):
        code = _KILLED_LATER.format(archive=str(archive), seconds=number**2 / 60)
        result = subprocess.run(
            [sys.executable, "-c", code],
            env=environment(
                other, DATABASE_URL=second, DJANGO_SETTINGS_MODULE="broadsheet.settings"
            ),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode in (0, -signal.SIGKILL), result.stderr
        assert run(other, "config", DATABASE_URL=second).returncode == 0
        with psycopg.connect(second) as connection:
            (count,) = connection.execute("SELECT count(*) FROM posts_post").fetchone() or (0,)
        assert sites.files(other / "media") == (new if count == 2 else old)
        seen.add(count)
        if count == 2:
            assert run(other, "restore", "--back", DATABASE_URL=second).returncode == 0
            assert run(other, "restore", "--forget", DATABASE_URL=second).returncode == 0
        # It was done before the kill; a slow machine needs more time.
        if result.returncode == 0 and number >= 9:
            break
    assert seen == {1, 2}


#: Kills itself that many seconds after the journal of the restore was written.
_KILLED_LATER = """
import os, signal, threading, django
django.setup()
from broadsheet.ops.backup import journal, restore
begin = journal.begin
def dying(**said):
    begin(**said)
    kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
    threading.Timer({seconds}, kill).start() if {seconds} else kill()
journal.begin = dying
restore.restore(open({archive!r}, "rb"), "", print)
os._exit(0)
"""
