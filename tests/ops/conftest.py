"""Servers to look at, started once for all tests that do not change them."""

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ops.processes import Server, free_port, run


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database is set up."""
    data = tmp_path_factory.mktemp("ops") / "data"
    assert run(data, "migrate", "--verbosity=0").returncode == 0
    return data


@pytest.fixture
def start(prepared: Path) -> Iterator[Callable[..., Server]]:
    """Start a server on a free port; it is ended with the test."""
    if sys.platform != "linux":
        pytest.skip("needs Linux's /proc to see what a server leaves behind")
    started: list[Server] = []

    def start(*command: str, data: Path = prepared, port: int = 0, **more: str) -> Server:
        port = port or free_port()
        words = [word.replace("{port}", str(port)) for word in command]
        server = Server.start(data, words, port, **more)
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket such as systemd holds for a server."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as own:
        yield own
