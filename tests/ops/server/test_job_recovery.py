"""The job that a worker was running when it was killed."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.ops.processes import PATIENCE, ROOT, Server, run, wait_for

pytestmark = pytest.mark.slow

JOB = """
import os, time
from pathlib import Path
from django.tasks import task

@task
def wait(begun, end):
    with open(begun, "a") as file:
        file.write(f"{os.getpid()}\\n")
    while not Path(end).exists():
        time.sleep(0.05)
"""
#: The lease lasts longer than the timeout of the test.
SETTINGS = f"""
from broadsheet.settings import *
TASKS["default"]["OPTIONS"]["LOCK_TIMEOUT"] = {2 * PATIENCE}
"""


def test_a_killed_workers_job_runs_again_without_waiting_for_its_lease(
    start: Callable[..., Server], prepared: Path, tmp_path: Path
) -> None:
    (tmp_path / "jobs.py").write_text(JOB)
    (tmp_path / "long_leases.py").write_text(SETTINGS)
    more = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "DJANGO_SETTINGS_MODULE": "long_leases"}
    started, end = tmp_path / "begun", tmp_path / "end"
    start("broadsheet", "serve", "--port", "{port}", **more)
    script = f"import jobs; jobs.wait.enqueue({str(started)!r}, {str(end)!r})"
    assert run(prepared, "shell", "--command", script, **more).returncode == 0
    wait_for(lambda: len(pids(started)) == 1, "the job to be started")
    os.kill(pids(started)[0], signal.SIGKILL)
    wait_for(lambda: len(pids(started)) == 2, "it to be started by the next worker")
    recover = "from broadsheet.ops.server import job_recovery; job_recovery.recover_jobs()"
    assert run(prepared, "shell", "--command", recover, **more).returncode == 0
    time.sleep(2)  # a running worker keeps its job
    assert len(pids(started)) == 2
    end.touch()
    wait_for(lambda: states(prepared) == [("SUCCESSFUL", 2)], "it to be finished")
    assert len(pids(started)) == 2


def pids(started: Path) -> list[int]:
    """Return the processes that started the job."""
    return list(map(int, started.read_text().split())) if started.exists() else []


def states(data: Path) -> list[tuple[str, int]]:
    """Return the status of the job and the number of its attempts."""
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        return database.execute(
            "SELECT status, attempts FROM django_ox_oxtask WHERE task_path = 'jobs.wait'"
        ).fetchall()
