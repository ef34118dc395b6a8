"""Fixtures for tests with real processes: servers, a data folder and the settings."""

import os
import runpy
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ops.processes import ROOT, Server, free_port, set_up

type Load = Callable[..., dict[str, Any]]
type Within = Callable[[float], float]


@pytest.fixture
def within(pytestconfig: pytest.Config) -> Within:
    """Return the time limit for what is promised within a number of seconds.

    With --prove it is exactly that. Without it, tests run in parallel on any machine, so the limit
    is much longer.
    """
    factor = 1 if pytestconfig.getoption("--prove") else 12
    return lambda seconds: seconds * factor


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a site that is set up; tests must not change it."""
    data = tmp_path_factory.mktemp("ops") / "data"
    set_up(data)
    return data


@pytest.fixture
def start(prepared: Path) -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server on a free port; servers end with the test."""
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
    """A listening socket, as systemd passes it to a server."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as sock:
        yield sock


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Return a function that reads the settings with only these environment variables."""

    def load(**variables: str) -> dict[str, Any]:
        here = {"BROADSHEET_DATA": str(tmp_path / "data"), "PATH": os.environ["PATH"]}
        for name in set(os.environ) - {"PATH"}:
            monkeypatch.delenv(name)
        for name, value in (here | variables).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        return runpy.run_path(str(ROOT / "broadsheet" / "settings.py"))

    return load
