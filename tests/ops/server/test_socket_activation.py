"""With systemd listening, a restart and a reload leave no request unanswered."""

import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ops.processes import PATIENCE, ROOT, environment, wait_for

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's"),
]

#: What systemd does: it hands over the socket as the third file, to the process with this number.
ACTIVATE = 'exec 3<&$0; LISTEN_PID=$$ exec "$@"'


def start(
    data: Path, listener: socket.socket, tree: Path = ROOT, **more: str
) -> subprocess.Popen[str]:
    """Serve with the code that lies in `tree`."""
    serve = [sys.executable, "-m", "broadsheet", "serve"]
    own = listener.fileno()
    return subprocess.Popen(
        ["bash", "-c", ACTIVATE, str(own), *serve],
        env={**environment(data), "LISTEN_FDS": "1", "PYTHONPATH": str(tree), **more},
        cwd=tree,
        pass_fds=[own],
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def stop(server: subprocess.Popen[str]) -> int:
    server.terminate()
    server.communicate(timeout=PATIENCE)
    return server.returncode


def read(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
        answer.read()
        status: int = answer.status
        return status


def was_cut(error: OSError) -> bool:
    """Whether nginx would ask again: it was connected, and has had no byte of an answer."""
    return isinstance(getattr(error, "reason", error), ConnectionResetError | BrokenPipeError)


@contextmanager
def asked_all_the_time(port: int) -> Iterator[list[object]]:
    """Ask for pages from four clients while the block runs; yield what each was answered."""
    answers: list[object] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            try:
                answers.append(read(port))
            except OSError as error:
                answers.append(read(port) if was_cut(error) else error)

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        yield answers
    finally:
        is_over.set()
        for client in clients:
            client.join()


def more(answers: list[object], count: int = 20) -> Callable[[], bool]:
    then = len(answers)
    return lambda: len(answers) > then + count


def test_no_request_fails_while_it_starts_again(prepared: Path, listener: socket.socket) -> None:
    server = start(prepared, listener)
    try:
        with asked_all_the_time(listener.getsockname()[1]) as answers:
            for _ in range(2):
                wait_for(more(answers), "answers")
                assert stop(server) == 0
                server = start(prepared, listener)
            wait_for(more(answers), "answers of the last one")
    finally:
        stop(server)
    assert set(answers) == {200}


def test_no_request_fails_while_its_processes_are_replaced(
    prepared: Path, listener: socket.socket
) -> None:
    server = start(prepared, listener, BROADSHEET_PROCESSES="2")
    try:
        with asked_all_the_time(listener.getsockname()[1]) as answers:
            wait_for(more(answers), "answers")
            before = children(server.pid)
            server.send_signal(signal.SIGHUP)
            wait_for(lambda: not before & children(server.pid), "other processes")
            wait_for(more(answers), "their answers")
    finally:
        stop(server)
    assert set(answers) == {200}


def children(parent: int) -> set[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(pid) for pid in listed}


@pytest.mark.parametrize(
    ("family", "variables", "says"),
    [
        (socket.AF_INET, {"LISTEN_FDS": "2"}, "passes 2 sockets"),
        (socket.AF_UNIX, {}, "does not accept TCP connections"),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_line(
    prepared: Path, family: int, variables: dict[str, str], says: str
) -> None:
    with socket.socket(family) as own:
        if family == socket.AF_INET:
            own.listen()
        server = start(prepared, own, ROOT, **variables)
        _out, output = server.communicate(timeout=PATIENCE)
    assert server.returncode == 2
    assert says in output
    assert "Traceback" not in output


def test_the_sockets_of_another_process_are_not_taken(
    prepared: Path, listener: socket.socket
) -> None:
    taken = str(listener.getsockname()[1])
    env = {**environment(prepared), "LISTEN_FDS": "1", "LISTEN_PID": "1", "PORT": taken}
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", "serve"],
        env=env, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"port {taken} is used by another program" in done.stderr
