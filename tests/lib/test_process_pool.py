"""Process pool: a job with untrusted data can harm only itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import pytest

from broadsheet.lib.process_pool import (
    JobError,
    PoolBusyError,
    ProcessPool,
    child_cpu_seconds,
    while_waiting,
)
from broadsheet.lib.process_pool.worker import JOBS_PER_WORKER
from tests.ops.processes import ROOT, wait_for

JOBS = "tests.lib.process_pool_jobs"


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    pool = ProcessPool(JOBS, processes=1, waiting=1, memory=64_000_000, seconds=1)
    yield pool
    pool.close()


def test_a_job_takes_and_returns_values_and_bytes(pool: ProcessPool) -> None:
    values = {"text": "½ \ud800 \0", "number": 1.5, "list": [None, True]}
    result = pool.run("echo", values, b"", bytes(range(256)) * 10_000)
    assert values.items() <= result.values.items()
    assert result.blobs == [b"", bytes(range(256)) * 10_000]


def test_jobs_share_a_process_with_low_priority_and_without_secrets(
    pool: ProcessPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    first, second = (pool.run("echo", {}).values for _ in range(2))
    assert first["pid"] == second["pid"] != os.getpid()
    assert first["nice"] == 19
    assert set(pool.run("environment", {}).values) <= {
        "PATH",
        "LANG",
        "TZ",
        "PYTHONPATH",
        "LC_CTYPE",
    }


@pytest.mark.slow
@pytest.mark.parametrize("job", ["compute", "fill", "crash", "raise", "talk", "leave"])
def test_a_job_that_crashes_or_exceeds_a_limit_is_an_error_and_the_next_one_runs(
    pool: ProcessPool, job: str
) -> None:
    with pytest.raises(JobError):
        pool.run(job, {"bytes": 100_000_000})
    assert pool.run("fill", {"bytes": 10_000_000}).values == {"length": 10_000_000}


@pytest.mark.slow
@pytest.mark.alone
def test_the_cpu_time_of_children_is_counted(pool: ProcessPool) -> None:
    before = child_cpu_seconds()
    pool.run("echo", {})
    assert before <= child_cpu_seconds() < before + 1
    with pytest.raises(JobError):
        pool.run("compute", {})
    assert child_cpu_seconds() >= before + 1


def test_an_idle_child_that_dies_is_reaped_and_replaced(
    pool: ProcessPool,
) -> None:
    pid = pool.run("echo", {}).values["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), "the end of the child")
    assert pool.run("echo", {}).values["pid"] != pid


def test_a_job_whose_child_is_killed_is_retried_once(pool: ProcessPool, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert pool.run("killed", {"times": 1, "log": str(log)}).values == {"done": 2}
    log.unlink()
    with pytest.raises(JobError, match="killed"):
        pool.run("killed", {"times": 9, "log": str(log)})
    assert len(log.read_bytes()) == 2
    assert pool.run("echo", {"next": 1}).values["next"] == 1


@pytest.mark.slow
@pytest.mark.alone
def test_a_child_is_replaced_after_its_maximum_number_of_jobs(pool: ProcessPool) -> None:
    pids = {pool.run("echo", {}).values["pid"] for _ in range(JOBS_PER_WORKER * 2 + 1)}
    assert len(pids) == 3


def test_the_pool_is_busy_if_too_many_jobs_wait(pool: ProcessPool, tmp_path: Path) -> None:
    here, until = tmp_path / "here", tmp_path / "until"
    values = {"here": str(here), "until": str(until)}
    events = []

    @contextmanager
    def waiting() -> Iterator[None]:
        events.append("in")
        try:
            yield
        finally:
            events.append("out")

    def wait() -> None:
        with while_waiting(waiting):
            pool.run("wait", values)

    with ThreadPoolExecutor(3) as threads:
        jobs = [threads.submit(wait) for _ in range(3)]  # one runs, one waits, one is too many
        try:
            rejected = next(as_completed(jobs))
            with pytest.raises(PoolBusyError):
                rejected.result()
            assert not any(job.done() for job in jobs if job is not rejected)
        finally:
            until.touch()
        for job in jobs:
            if job is not rejected:
                job.result()
    assert events.count("in") == events.count("out") == 3
    assert pool.run("echo", {}).values["pid"]


_PARENT = f"""
import multiprocessing, sys, threading
from broadsheet.lib.process_pool import ProcessPool
pool = ProcessPool({JOBS!r}, processes=1, waiting=1)
first = pool.run("echo", {{}}).values["pid"]
def forked():
    own = pool.run("echo", {{}}).values["pid"]
    sys.exit(own == first)
fork = multiprocessing.get_context("fork").Process(target=forked)
fork.start()
fork.join()
print(fork.exitcode, pool.run("echo", {{}}).values["pid"] == first, flush=True)
pool.run("wait", {{"here": sys.argv[1], "until": sys.argv[1] + ".none"}})
"""


@pytest.mark.slow
def test_a_child_ends_with_its_killed_parent_and_a_fork_has_its_own_child(
    tmp_path: Path,
) -> None:
    here = tmp_path / "here"
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(here)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "0 True\n"
        wait_for(lambda: here.exists() and here.read_text() != "", "the job to begin")
    finally:
        parent.kill()
        parent.communicate()
    child = Path("/proc") / here.read_text()
    wait_for(lambda: not child.exists(), "the child to end")
