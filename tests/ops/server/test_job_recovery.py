"""What a worker was at when it was killed."""

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
#: Who waited for a lease's end would wait longer than the test does.
SETTINGS = f"""
from broadsheet.settings import *
TASKS["default"]["OPTIONS"]["LOCK_TIMEOUT"] = {2 * PATIENCE}
"""


def test_a_killed_workers_job_is_done_again_without_waiting_for_its_lease(
    start: Callable[..., Server], prepared: Path, tmp_path: Path
) -> None:
    (tmp_path / "jobs.py").write_text(JOB)
    (tmp_path / "long_leases.py").write_text(SETTINGS)
    more = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "DJANGO_SETTINGS_MODULE": "long_leases"}
    begun, end = tmp_path / "begun", tmp_path / "end"
    start("broadsheet", "serve", "--port", "{port}", **more)
    script = f"import jobs; jobs.wait.enqueue({str(begun)!r}, {str(end)!r})"
    assert run(prepared, "shell", "--command", script, **more).returncode == 0
    wait_for(lambda: len(pids(begun)) == 1, "the job to be begun")
    os.kill(pids(begun)[0], signal.SIGKILL)
    wait_for(lambda: len(pids(begun)) == 2, "it to be begun by the next worker")
    take_over = "from broadsheet.ops.server import job_recovery; job_recovery.recover_jobs()"
    assert run(prepared, "shell", "--command", take_over, **more).returncode == 0
    time.sleep(2)  # a worker that lives keeps its job
    assert len(pids(begun)) == 2
    end.touch()
    wait_for(lambda: states(prepared) == [("SUCCESSFUL", 2)], "it to be done")
    assert len(pids(begun)) == 2


def pids(begun: Path) -> list[int]:
    """Return the processes that began the job."""
    return list(map(int, begun.read_text().split())) if begun.exists() else []


def states(data: Path) -> list[tuple[str, int]]:
    """Return how the job stands, and its attempts."""
    with closing(sqlite3.connect(data / "broadsheet.sqlite3")) as database:
        return database.execute(
            "SELECT status, attempts FROM django_ox_oxtask WHERE task_path = 'jobs.wait'"
        ).fetchall()
