"""A server whose disk takes nothing: its processes live and are born, and all heals by itself."""

import errno
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.ops.backup import sites
from tests.ops.processes import Server, fetch, free_port, relatives, wait_for
from tests.ops.prove.test_kills import SEED
from tests.ops.prove.writing import Writers
from tests.ops.test_every_write import FaultyDisk
from tests.ops.test_outage import answers, has_variants, upload


@pytest.mark.server
@pytest.mark.slow
def test_processes_are_born_on_a_disk_that_takes_nothing_and_all_heals_by_itself(
    prepared: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    data, port = sites.copy(prepared, tmp_path / "data"), free_port()
    token = sites.shell(data, SEED)
    disk = FaultyDisk(data, tmp_path / "switch")
    server = start("broadsheet", "serve", data=data, PORT=str(port), port=port, **disk.variables)
    writer = Writers(port, token, 1, threads=1)
    writer._publish("Before")
    before = set(relatives(data)) - {server.process.pid}
    disk.take_nothing(errno.EROFS)
    for pid in before:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(set(relatives(data)) - before) > 1, "other processes")
    wait_for(lambda: answers(port), "an answer")
    for path in ("/", "/before", "/archive", "/login", "/rss.xml"):
        assert fetch(port, path)[0] == 200, "readers go on"
    assert fetch(port, "/readyz")[0] == 503
    assert disk.refused >= {
        "ops/monitoring/metrics_file.py MetricsFile.__init__",
        "ops/monitoring/health_checks.py disk",
        "pagecache/counters.py of_this_process",
    }
    disk.heal()
    assert fetch(port, "/readyz")[0] == 200
    writer._publish("After")
    assert list(writer.written.acknowledged) == ["Before", "After"]
    upload(port, token)
    wait_for(lambda: has_variants(data), "a worker that does its job")
    assert "Traceback" not in server.output
    assert server.stop() == 0
