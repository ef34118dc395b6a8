"""A server whose disk rejects writes: its processes keep running and start, and it recovers."""

import errno
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.ops.backup import sites
from tests.ops.backup.test_replica import IS_WELL, replicating
from tests.ops.faulty_disk import FaultyDisk
from tests.ops.processes import Server, fetch, free_port, processes_of, run, wait_for
from tests.ops.prove.test_kills import SEED
from tests.ops.prove.writing import Writers
from tests.ops.test_outage import has_variants, is_responding, upload

LOCKS = "ops/server/job_recovery.py _lock_worker_file"


@pytest.mark.server
@pytest.mark.slow
def test_processes_start_on_a_read_only_disk_and_recover_by_themselves(
    prepared: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    data, port = sites.copy(prepared, tmp_path / "data"), free_port()
    token = sites.shell(data, SEED)
    disk = FaultyDisk(data, tmp_path / "switch")
    server = start("broadsheet", "serve", data=data, PORT=str(port), port=port, **disk.variables)
    writer = Writers(port, token, 1, threads=1)
    writer.publish("Before")
    before = set(processes_of(data)) - {server.process.pid}
    disk.fail_writes(errno.EROFS)
    for name in ("heartbeats", "workers"):
        shutil.rmtree(data / "run" / name, ignore_errors=True)
    for pid in before:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(set(processes_of(data)) - before) > 1, "new processes")
    wait_for(lambda: is_responding(port), "a response")
    for path in ("/", "/before", "/archive", "/login", "/rss.xml"):
        assert fetch(port, path)[0] == 200, "pages can still be read"
    assert fetch(port, "/readyz")[0] == 503
    writer.publish("During")
    wait_for(lambda: LOCKS in disk.refused, "a job of a worker that could not lock its file")
    assert disk.refused >= {
        "ops/monitoring/heartbeat.py _make_folder",
        "ops/monitoring/metrics_file.py MetricsFile.__init__",
        "ops/monitoring/health_checks.py disk",
        "pagecache/stats.py open_stats",
    }
    disk.heal()
    assert fetch(port, "/readyz")[0] == 200
    writer.publish("After")
    assert list(writer.written.acknowledged) == ["Before", "During", "After"]
    upload(port, token)
    wait_for(lambda: has_variants(data), "a worker that runs the job")
    for name in ("heartbeats", "workers"):
        wait_for(lambda: list((data / "run" / name).iterdir()), f"its file in {name}")  # noqa: B023
    assert "Traceback" not in server.output
    assert server.stop() == 0


@pytest.mark.prove
@pytest.mark.server
def test_replication_errors_do_not_affect_the_site_and_end_once_the_disk_is_fixed(
    prepared: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    data = sites.copy(prepared, tmp_path / "data")
    disk = FaultyDisk(data, tmp_path / "switch")
    more = {"BROADSHEET_REPLICA_URL": str(tmp_path / "replica"), **disk.variables}
    server = start("broadsheet", "serve", "--port", "{port}", data=data, **more)
    for place in ("process.py replicate", "program.py write_config"):
        wait_for(lambda: replicating(server), "Litestream")
        disk.fail_writes(errno.EIO, at=f"ops/litestream/{place}")
        os.kill(replicating(server)[0], signal.SIGKILL)
        wait_for(lambda: disk.refused, "another process")
        assert fetch(server.port)[0] == 200
        wait_for(lambda: "The replica exited and is restarted" in server.output, "the log message")
        disk.heal()
    wait_for(lambda: replicating(server), "Litestream")
    wait_for(lambda: IS_WELL in run(data, "metrics", **more).stdout, "the replica")
    assert server.output.count("broadsheet: The disk cannot be written to. Fix that") >= 2
    assert "Traceback" not in server.output
    assert server.stop() == 0
    before = sites.state(data)
    for place in ("restore.py restore", "program.py write_config"):
        disk.fail_writes(errno.ENOSPC, at=f"ops/litestream/{place}")
        result = run(data, "restore", "--replica", **more)
        disk.heal()
        assert disk.refused == {f"ops/litestream/{place}"}
        assert result.stderr.startswith("CommandError: No space left on device: ")
        assert result.stderr.count("\n") == 1
        assert sites.state(data) == before
        assert not (data / "restore" / "new").exists()
    assert run(data, "restore", "--replica", **more).returncode == 0
