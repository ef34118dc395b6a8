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
    IGNORE_TEMPORARY,
    PATIENCE,
    ROOT,
    Server,
    environment,
    fetch,
    free_port,
    is_listening,
    processes_of,
    run,
    wait_for,
)

type Start = Callable[..., Server]

SERVE = ("broadsheet", "serve", "--port", "{port}")


@pytest.mark.slow
def test_the_first_start_sets_up_the_site_and_prints_the_claim_link(
    start: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server = start(*SERVE, data=data)
    url = f"http://127.0.0.1:{server.port}"
    assert fetch(server.port)[0] == 200
    assert url in server.output
    assert str(data) in server.output
    link = re.search(rf"{url}(/claim/\S+)", server.output)
    assert link is not None
    assert fetch(server.port, link[1])[0] == 200
    assert fetch(server.port, link[1][:-1])[0] == 404
    assert stat.S_IMODE((data / "secret-key").stat().st_mode) == 0o600
    sheet = re.search(r"/static/public/read\.[0-9a-f]{12}\.css", fetch(server.port)[1])
    assert sheet is not None, "the style sheet's URL has a hash of its content"
    assert fetch(server.port, sheet[0])[0] == 200
    server.stop()
    assert "Setting up" not in start(*SERVE, data=data).output, "it is set up only once"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_stops_cleanly_and_leaves_no_processes(
    start: Start, tmp_path: Path, number: int
) -> None:
    server = start(*SERVE, **_patient_site(tmp_path))
    wait_for(lambda: len(processes_of(server.data)) >= 3, "the server and its worker")
    assert server.stop(number) == 0, server.output
    assert processes_of(server.data) == []
    assert not is_listening(server.port)
    assert "Traceback" not in server.output


def _patient_site(folder: Path) -> dict[str, str]:
    """Write settings of a server that never kills its processes; return variables for them."""
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
def test_ctrl_c_for_the_whole_process_group_stops_cleanly(start: Start) -> None:
    server = start(*SERVE)
    os.killpg(server.process.pid, signal.SIGINT)
    assert server.process.wait(PATIENCE) == 0, server.output
    assert processes_of(server.data) == []


@pytest.mark.prove
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_setup_stops_cleanly_and_the_next_start_succeeds(
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
    output, _none = first.communicate(timeout=PATIENCE)
    assert (first.returncode, output) == (0, "")
    assert processes_of(data) == []
    assert fetch(start(*SERVE, data=data).port)[0] == 200


@pytest.mark.slow
def test_no_process_outlives_a_killed_server(start: Start) -> None:
    server = start(*SERVE)
    wait_for(lambda: len(processes_of(server.data)) >= 3, "the server and its worker")
    server.process.kill()
    server.process.wait()
    wait_for(lambda: processes_of(server.data) == [], "its children to end")
    wait_for(lambda: not is_listening(server.port), "the last process to close its files")


@pytest.mark.slow
def test_killed_processes_are_replaced(start: Start) -> None:
    server = start(*SERVE)
    wait_for(lambda: len(processes_of(server.data)) == 3, "the server and its worker")
    children = [pid for pid in processes_of(server.data) if pid != server.process.pid]
    for child in children:
        os.kill(child, signal.SIGKILL)
    wait_for(
        lambda: (
            len(processes_of(server.data)) == 3
            and not set(children) & set(processes_of(server.data))
        ),
        "two new processes",
    )
    wait_for(lambda: is_listening(server.port), "the port to be open")
    assert fetch(server.port)[0] == 200
    assert server.stop() == 0
    assert processes_of(server.data) == []


def _slow_site(folder: Path) -> dict[str, str]:
    """Write settings of a site with a slow page; return variables for them."""
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
def test_running_requests_are_completed_before_the_server_stops(
    start: Start, tmp_path: Path
) -> None:
    server = start(*SERVE, **_slow_site(tmp_path))
    responses: list[tuple[int, str]] = []
    client = threading.Thread(target=lambda: responses.append(fetch(server.port, "/wait")))
    client.start()
    wait_for((tmp_path / "asked").exists, "the request to be processed")
    assert server.stop() == 0
    client.join()
    assert responses == [(200, "answered")]


@pytest.mark.slow
def test_the_servers_worker_runs_jobs_at_low_priority(start: Start, tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(
        "from pathlib import Path\nfrom django.tasks import task\n"
        "@task\ndef leave_word(path):\n    Path(path).write_text('done')\n"
    )
    path = f"{tmp_path}:{ROOT}"
    server = start(*SERVE, PYTHONPATH=path)
    file = tmp_path / "word"
    script = f"import jobs; jobs.leave_word.enqueue({str(file)!r})"
    assert run(server.data, "shell", "--command", script, PYTHONPATH=path).returncode == 0
    wait_for(file.exists, "the job to be done")
    priorities = sorted(os.getpriority(os.PRIO_PROCESS, pid) for pid in processes_of(server.data))
    assert priorities[-1] > priorities[-2] == priorities[0], "only the worker has a lower priority"


@pytest.mark.slow
def test_the_next_free_port_is_used_by_default_and_reported(start: Start, prepared: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 8000))
            other.listen()
        except OSError:
            pass  # used by another program, which is just as good
        server = start("broadsheet", "serve", port=_next_after_8000())
    assert "Port 8000 is taken" in server.output
    assert f"http://127.0.0.1:{server.port}" in server.output
    assert fetch(server.port)[0] == 200


def _next_after_8000() -> int:
    return next(port for port in range(8001, 8100) if not is_listening(port))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "how"),
    [
        ("serve", "argument"),
        pytest.param("serve", "variable", marks=pytest.mark.slow),
        pytest.param("runserver", "argument", marks=pytest.mark.slow),
        ("runserver", "variable"),
    ],
)
def test_an_explicit_port_in_use_is_reported_in_one_line(
    prepared: Path, command: str, how: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        arguments = {"serve": ["--port", port], "runserver": [port]}[command]
        if how == "argument":
            result = run(prepared, command, *arguments)
        else:
            result = run(prepared, command, PORT=port)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert f"port {port} is used by another program" in result.stderr
    assert "PORT=" in result.stderr


@pytest.mark.slow
def test_the_development_server_starts_and_stops(start: Start) -> None:
    server = start("broadsheet", "runserver", "{port}")
    assert fetch(server.port)[0] == 200
    assert fetch(server.port, "/static/public/read.css")[0] == 200
    os.killpg(server.process.pid, signal.SIGINT)
    server.process.wait(PATIENCE)
    wait_for(lambda: processes_of(server.data) == [], "the reloader's child to end")


@pytest.mark.slow
def test_serve_reload_serves_changed_code(start: Start, tmp_path: Path) -> None:
    copy = tmp_path / "broadsheet"  # a copy that no other server uses
    shutil.copytree(ROOT / "broadsheet", copy, ignore=IGNORE_TEMPORARY)
    server = start(*SERVE, "--reload", PYTHONPATH=str(tmp_path))
    assert fetch(server.port)[0] == 200
    wait_for(lambda: len(processes_of(server.data)) >= 3, "the server and its worker")
    before = set(processes_of(server.data))

    def is_restarted() -> bool:
        os.utime(copy / "__init__.py")  # again, in case the server was not yet watching
        end = time.monotonic() + 30
        while len(set(processes_of(server.data)) - before) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        return time.monotonic() < end

    wait_for(is_restarted, "a new server and worker")
    wait_for(lambda: is_listening(server.port), "the port to be open")
    assert fetch(server.port)[0] == 200
    assert server.stop() == 0
    wait_for(lambda: processes_of(server.data) == [], "all processes to end")


def test_free_ports_are_free() -> None:
    assert not is_listening(free_port())
