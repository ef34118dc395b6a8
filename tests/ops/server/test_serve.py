"""`broadsheet serve`: one command starts everything, and one signal stops everything."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ops.processes import (
    PATIENCE,
    ROOT,
    WITHOUT_PARTS,
    Server,
    environment,
    fetch,
    free_port,
    is_listening,
    relatives,
    run,
    wait_for,
)

type Start = Callable[..., Server]

SERVE = ("broadsheet", "serve", "--port", "{port}")


@pytest.mark.slow
def test_the_first_start_sets_up_everything_and_says_how_the_site_is_claimed(
    start: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start(*SERVE, data=data)
    address = f"http://127.0.0.1:{server.port}"
    assert fetch(server.port)[0] == 200
    assert address in server.output
    assert str(data) in server.output
    link = re.search(rf"{address}(/claim/\S+)", server.output)
    assert link is not None
    assert fetch(server.port, link[1])[0] == 200
    assert fetch(server.port, link[1][:-1])[0] == 404
    assert stat.S_IMODE((data / "secret-key").stat().st_mode) == 0o600
    sheet = re.search(r"/static/public/read\.[0-9a-f]{12}\.css", fetch(server.port)[1])
    assert sheet is not None, "the style sheet's address names its content"
    assert fetch(server.port, sheet[0])[0] == 200
    server.stop()
    assert "Setting up" not in start(*SERVE, data=data).output, "done once"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_and_leaves_nothing_behind(
    start: Start, tmp_path: Path, number: int
) -> None:
    server = start(*SERVE, **_patient_site(tmp_path))
    wait_for(lambda: len(relatives(server.data)) >= 3, "the server and its worker")
    assert server.stop(number) == 0, server.output
    assert relatives(server.data) == []
    assert not is_listening(server.port)
    assert "Traceback" not in server.output


def _patient_site(folder: Path) -> dict[str, str]:
    """Write a site that kills no process that does not end, and return the variables for it."""
    (folder / "patient_settings.py").write_text(
        "from broadsheet.settings import *\nINSTALLED_APPS += ['patient.Patient']\n"
    )
    (folder / "patient.py").write_text(
        "from django.apps import AppConfig\n"
        "class Patient(AppConfig):\n    name = 'patient'\n"
        "    def ready(self):\n        from broadsheet.ops.server import granian_server\n"
        f"        granian_server.GRACE = {2 * PATIENCE}\n"
    )
    return {"PYTHONPATH": f"{folder}:{ROOT}", "DJANGO_SETTINGS_MODULE": "patient_settings"}


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_reaches_the_whole_group_and_still_ends_well(start: Start) -> None:
    server = start(*SERVE)
    os.killpg(server.process.pid, signal.SIGINT)
    assert server.process.wait(PATIENCE) == 0, server.output
    assert relatives(server.data) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_while_it_sets_up_it_ends_well_and_begins_again(
    start: Start, tmp_path: Path, number: int
) -> None:
    data = tmp_path / "data"
    first = subprocess.Popen(
        [sys.executable, "-m", "broadsheet", "serve"],
        env=environment(data, PORT=str(free_port())),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert first.stdout is not None
    assert "Setting up" in first.stdout.readline()
    first.send_signal(number)
    output, _nothing = first.communicate(timeout=PATIENCE)
    assert (first.returncode, output) == (0, "")
    assert relatives(data) == []
    assert fetch(start(*SERVE, data=data).port)[0] == 200


@pytest.mark.slow
def test_nothing_outlives_a_server_that_was_killed(start: Start) -> None:
    server = start(*SERVE)
    wait_for(lambda: len(relatives(server.data)) >= 3, "the server and its worker")
    server.process.kill()
    server.process.wait()
    wait_for(lambda: relatives(server.data) == [], "its children to end")
    wait_for(lambda: not is_listening(server.port), "the last one's files to be closed")


@pytest.mark.slow
def test_a_process_that_dies_is_replaced(start: Start) -> None:
    server = start(*SERVE)
    wait_for(lambda: len(relatives(server.data)) == 3, "the server and its worker")
    children = [pid for pid in relatives(server.data) if pid != server.process.pid]
    for child in children:
        os.kill(child, signal.SIGKILL)
    wait_for(
        lambda: (
            len(relatives(server.data)) == 3 and not set(children) & set(relatives(server.data))
        ),
        "two new ones",
    )
    wait_for(lambda: is_listening(server.port), "an answer")
    assert fetch(server.port)[0] == 200
    assert server.stop() == 0
    assert relatives(server.data) == []


def _slow_site(folder: Path) -> dict[str, str]:
    """Write a site that takes its time, and return the variables that choose it."""
    (folder / "slow_settings.py").write_text(
        "from broadsheet.settings import *\nROOT_URLCONF = 'slow_urls'\n"
    )
    (folder / "slow_urls.py").write_text(
        "import time\n"
        "from django.http import HttpResponse\nfrom django.urls import include, path\n"
        "from pathlib import Path\n"
        f"def wait(request):\n    Path({str(folder / 'asked')!r}).touch()\n"
        "    time.sleep(2)\n    return HttpResponse(b'answered')\n"
        "urlpatterns = [path('wait', wait), path('', include('broadsheet.urls'))]\n"
    )
    path = f"{folder}:{ROOT}"
    return {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "slow_settings"}


@pytest.mark.slow
def test_requests_under_way_are_answered_before_it_stops(start: Start, tmp_path: Path) -> None:
    server = start(*SERVE, **_slow_site(tmp_path))
    answers: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answers.append(fetch(server.port, "/wait")))
    asking.start()
    wait_for((tmp_path / "asked").exists, "the request to be under way")
    assert server.stop() == 0
    asking.join()
    assert answers == [(200, "answered")]


@pytest.mark.slow
def test_the_worker_beside_it_does_the_jobs(start: Start, tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(
        "from pathlib import Path\nfrom django.tasks import task\n"
        "@task\ndef leave_word(path):\n    Path(path).write_text('done')\n"
    )
    path = f"{tmp_path}:{ROOT}"
    server = start(*SERVE, PYTHONPATH=path)
    word = tmp_path / "word"
    script = f"import jobs; jobs.leave_word.enqueue({str(word)!r})"
    assert run(server.data, "shell", "--command", script, PYTHONPATH=path).returncode == 0
    wait_for(word.exists, "the job to be done")
    given_way = sorted(os.getpriority(os.PRIO_PROCESS, pid) for pid in relatives(server.data))
    assert given_way[-1] > given_way[-2] == given_way[0], "the worker alone stands back"


@pytest.mark.slow
def test_without_a_wish_the_next_free_port_is_taken_and_said(start: Start, prepared: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8000))
            taken.listen()
        except OSError:
            pass  # somebody else's: as good
        server = start("broadsheet", "serve", port=_next_after_8000())
    assert "Port 8000 is taken" in server.output
    assert f"http://127.0.0.1:{server.port}" in server.output
    assert fetch(server.port)[0] == 200


def _next_after_8000() -> int:
    return next(port for port in range(8001, 8100) if not is_listening(port))


@pytest.mark.parametrize(
    ("command", "how"),
    [
        ("serve", "argument"),
        pytest.param("serve", "variable", marks=pytest.mark.slow),
        pytest.param("runserver", "argument", marks=pytest.mark.slow),
        ("runserver", "variable"),
    ],
)
def test_a_port_that_was_asked_for_and_is_taken_is_refused_in_one_line(
    prepared: Path, command: str, how: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = {"serve": ["--port", port], "runserver": [port]}[command]
        if how == "argument":
            answer = run(prepared, command, *words)
        else:
            answer = run(prepared, command, PORT=port)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert f"port {port} is used by another program" in answer.stderr
    assert "PORT=" in answer.stderr


@pytest.mark.slow
def test_the_development_server_starts_and_stops(start: Start) -> None:
    server = start("broadsheet", "runserver", "{port}")
    assert fetch(server.port)[0] == 200
    assert fetch(server.port, "/static/public/read.css")[0] == 200
    os.killpg(server.process.pid, signal.SIGINT)
    server.process.wait(PATIENCE)
    wait_for(lambda: relatives(server.data) == [], "the reloader's child to end")


@pytest.mark.slow
def test_with_reload_changed_code_is_served(start: Start, tmp_path: Path) -> None:
    own = tmp_path / "broadsheet"  # nobody else serves this one
    shutil.copytree(ROOT / "broadsheet", own, ignore=WITHOUT_PARTS)
    server = start(*SERVE, "--reload", PYTHONPATH=str(tmp_path))
    assert fetch(server.port)[0] == 200
    wait_for(lambda: len(relatives(server.data)) >= 3, "the server and its worker")
    before = set(relatives(server.data))

    def is_begun_anew() -> bool:
        os.utime(own / "__init__.py")  # again, where the server did not yet look
        end = time.monotonic() + 30
        while len(set(relatives(server.data)) - before) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        return time.monotonic() < end

    wait_for(is_begun_anew, "a new server and worker")
    wait_for(lambda: is_listening(server.port), "an answer")
    assert fetch(server.port)[0] == 200
    assert server.stop() == 0
    wait_for(lambda: relatives(server.data) == [], "everything to end")


def test_free_ports_are_free() -> None:
    assert not is_listening(free_port())
