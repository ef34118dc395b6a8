"""A restore that is killed leaves a whole site: the old one or the new one."""

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
def test_killed_at_any_moment_the_old_site_is_there_or_the_new_one(
    written: Path, another: Path, archive: Path, identity: Path, tmp_path: Path
) -> None:
    call = f"restore.restore(open({str(archive)!r}, 'rb'), {str(identity)!r}, print)"
    kill_again_and_again(another, sites.state(written), tmp_path, call)


@pytest.mark.slow
def test_killed_while_a_replica_comes_the_old_database_is_there_or_the_new_one(
    written: Path, another: Path, tmp_path: Path
) -> None:
    replica = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica")}
    sites.shell(sites.copy(written, tmp_path / "source"), _REPLICATED, **replica)
    rows, *others = sites.state(another)
    new = (sites.state(written)[0], *others)
    assert new != (rows, *others)
    kill_again_and_again(another, new, tmp_path, "litestream_restore.restore('', print)", **replica)


def kill_again_and_again(
    before: Path, new: tuple[object, ...], place: Path, call: str, **more: str
) -> None:
    """Kill `call`, which restores a site onto a copy of that in `before`, at each of its steps."""
    data = sites.copy(before, place / "data")
    old, seen = sites.state(data), set()
    for number in range(40):
        result = subprocess.run(
            [sys.executable, "-c", _KILLED.format(number=number) + call],
            env=environment(data, DJANGO_SETTINGS_MODULE="broadsheet.settings", **more),
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode == 0:
            break
        assert result.returncode == -signal.SIGKILL, result.stderr
        assert run(data, "config").returncode == 0  # whatever starts next, finishes
        seen.add("new" if (found := sites.state(data)) == new else "old")
        assert found in (old, new)
        shutil.rmtree(data)
        sites.copy(before, data)
    assert result.returncode == 0, "there are no more steps"
    assert sites.state(data) == new
    assert number > 3
    assert seen == {"old", "new"}


#: Kills itself before the change of a name with that number.
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
#: Has Litestream copy the database once.
_REPLICATED = """
from django.conf import settings
from broadsheet.ops.litestream import program
settings.RUN.mkdir(exist_ok=True)
program.run("replicate", "-once", "-config", str(program.write_config()))
"""


@pytest.mark.prove
def test_killed_while_postgresql_is_restored_database_and_files_are_of_one_site(
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
        if (
            result.returncode == 0 and number >= 9
        ):  # it was done before; a slow machine needs longer
            break
    assert seen == {1, 2}


#: Kills itself so many seconds after the exchange was written down.
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
