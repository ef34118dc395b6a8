"""Posts that are rendered in parallel processes equal those rendered in this process."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from broadsheet.transfer import parallel_render
from broadsheet.transfer.records import PostRecord

# Runs in a separate process, because that of the tests can have threads.
PROGRAM = """
import multiprocessing, time
from broadsheet import markup
from broadsheet.transfer import parallel_render
from broadsheet.transfer.records import PostRecord
posts = [PostRecord(str(n), str(n), "", {"content": f"# A *{n}*"}) for n in range(40)]
posts[3].fields["content"] = "> " * 200
with parallel_render.parallel_renderer() as render:
    render(posts)()
    assert "rendered" not in posts.pop(3).fields
    for post in posts:
        assert post.fields["rendered"] == markup.render(post.fields["content"])
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    if WAITS:
        time.sleep(3_600)
assert not multiprocessing.active_children()
"""

PATIENCE = 1_200  # seconds

needs_two = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < parallel_render.PROCESSES,
    reason="needs Linux and two processors",
)


def start(*, waits: bool) -> subprocess.Popen[str]:
    settings = {"DJANGO_SETTINGS_MODULE": "broadsheet.settings"}
    code = f"WAITS = {waits}\nimport django\ndjango.setup()\n{PROGRAM}"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **settings},
    )


@pytest.mark.slow
@needs_two
def test_the_result_is_the_same_and_no_process_remains() -> None:
    process = start(waits=False)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert len(out.split()) == parallel_render.PROCESSES


@pytest.mark.slow
@needs_two
@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGTERM])
def test_the_processes_end_with_their_parent(name: signal.Signals) -> None:
    process = start(waits=True)
    assert process.stdout is not None
    children = [int(pid) for pid in process.stdout.readline().split()]
    assert len(children) == parallel_render.PROCESSES
    process.send_signal(name)
    process.communicate(timeout=PATIENCE)
    end = time.monotonic() + PATIENCE
    while any(map(is_running, children)):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_nothing_is_forked_while_there_are_other_threads() -> None:
    posts = [PostRecord(str(n), str(n), "", {"content": "a"}) for n in range(40)]
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        with parallel_render.parallel_renderer() as render:
            render(posts)()
            assert not multiprocessing.active_children()
    finally:
        stop.set()
        other.join()
    assert not any("rendered" in post.fields for post in posts)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
