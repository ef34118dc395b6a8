"""With socket activation by systemd, no request fails during a restart or a reload."""

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

#: As systemd does: pass the socket as file descriptor 3, to the process with this ID.
ACTIVATE = 'exec 3<&$0; LISTEN_PID=$$ exec "$@"'


def start(
    data: Path, listener: socket.socket, tree: Path = ROOT, **more: str
) -> subprocess.Popen[str]:
    """Start a server with the code in `tree`."""
    serve = [sys.executable, "-m", "broadsheet", "serve"]
    descriptor = listener.fileno()
    return subprocess.Popen(
        ["bash", "-c", ACTIVATE, str(descriptor), *serve],
        env={**environment(data), "LISTEN_FDS": "1", "PYTHONPATH": str(tree), **more},
        cwd=tree,
        pass_fds=[descriptor],
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def stop(server: subprocess.Popen[str]) -> int:
    server.terminate()
    server.communicate(timeout=PATIENCE)
    return server.returncode


def fetch_home(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as response:
        response.read()
        status: int = response.status
        return status


def was_reset(error: OSError) -> bool:
    """Whether nginx would retry: it was connected, and has received no byte of a response."""
    return isinstance(getattr(error, "reason", error), ConnectionResetError | BrokenPipeError)


@contextmanager
def continuous_requests(port: int) -> Iterator[list[object]]:
    """Request pages with four clients while the block runs; yield the list of the results."""
    responses: list[object] = []
    is_done = threading.Event()

    def send_requests() -> None:
        while not is_done.is_set():
            try:
                responses.append(fetch_home(port))
            except OSError as error:
                responses.append(fetch_home(port) if was_reset(error) else error)

    clients = [threading.Thread(target=send_requests) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        yield responses
    finally:
        is_done.set()
        for client in clients:
            client.join()


def received_more(responses: list[object], count: int = 20) -> Callable[[], bool]:
    before = len(responses)
    return lambda: len(responses) > before + count


def test_no_request_fails_during_a_restart(prepared: Path, listener: socket.socket) -> None:
    server = start(prepared, listener)
    try:
        with continuous_requests(listener.getsockname()[1]) as responses:
            for _ in range(2):
                wait_for(received_more(responses), "responses")
                assert stop(server) == 0
                server = start(prepared, listener)
            wait_for(received_more(responses), "responses of the last server")
    finally:
        stop(server)
    assert set(responses) == {200}


@pytest.mark.prove
def test_no_request_fails_while_processes_are_replaced(
    prepared: Path, listener: socket.socket
) -> None:
    server = start(prepared, listener, BROADSHEET_PROCESSES="2")
    try:
        with continuous_requests(listener.getsockname()[1]) as responses:
            wait_for(received_more(responses), "responses")
            before = children(server.pid)
            server.send_signal(signal.SIGHUP)
            wait_for(lambda: not before & children(server.pid), "new processes")
            wait_for(received_more(responses), "their responses")
    finally:
        stop(server)
    assert set(responses) == {200}


def children(parent: int) -> set[int]:
    ids = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(pid) for pid in ids}


@pytest.mark.parametrize(
    ("family", "variables", "message"),
    [
        (socket.AF_INET, {"LISTEN_FDS": "2"}, "passes 2 sockets"),
        (socket.AF_UNIX, {}, "does not accept TCP connections"),
    ],
)
def test_unsupported_sockets_are_rejected_without_a_traceback(
    prepared: Path, family: int, variables: dict[str, str], message: str
) -> None:
    with socket.socket(family) as sock:
        if family == socket.AF_INET:
            sock.listen()
        server = start(prepared, sock, ROOT, **variables)
        _out, output = server.communicate(timeout=PATIENCE)
    assert server.returncode == 2
    assert message in output
    assert "Traceback" not in output


def test_sockets_for_another_process_are_not_used(prepared: Path, listener: socket.socket) -> None:
    port = str(listener.getsockname()[1])
    env = {**environment(prepared), "LISTEN_FDS": "1", "LISTEN_PID": "1", "PORT": port}
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", "serve"],
        env=env, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"port {port} is used by another program" in done.stderr
