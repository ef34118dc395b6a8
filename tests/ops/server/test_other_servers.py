"""The entry points `broadsheet.asgi` and `broadsheet.wsgi`, under common servers."""

import os
import re
import runpy
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from broadsheet.lib.env import StartupError
from tests.ops.processes import (
    PATIENCE,
    ROOT,
    Server,
    fetch,
    is_listening,
    processes_of,
    wait_for,
)
from tests.ops.server.test_slow_clients import STALLED_REQUEST

type Start = Callable[..., Server]

SERVERS = {
    "uvicorn": ("uvicorn", "broadsheet.asgi:application", "--reload", "--port", "{port}"),
    "gunicorn": ("gunicorn", "broadsheet.wsgi", "--bind", "127.0.0.1:{port}"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVERS)
def test_a_common_server_serves_pages_and_static_files_and_stops(start: Start, name: str) -> None:
    server = start(*SERVERS[name])
    wait_for(lambda: fetch(server.port, "/healthz")[0] == 200, "the site to be up")
    status, page = fetch(server.port)
    assert status == 200
    sheet = re.search(r"/static/public/read[^\"]*\.css", page)
    assert sheet is not None
    assert fetch(server.port, sheet[0])[0] == 200, "even before static files are collected"
    assert "Traceback" not in server.output  # later, gunicorn may log one for a dropped connection
    os.killpg(server.process.pid, signal.SIGINT)
    server.process.wait(PATIENCE)
    wait_for(lambda: processes_of(server.data) == [], "all processes to end")
    wait_for(lambda: not is_listening(server.port), "the last process to close its files")


@pytest.mark.prove
def test_a_stalled_request_gets_408_from_each_server(start: Start) -> None:
    """Both are tested at once, as the time limit for request bodies has to pass.

    gunicorn's own timeout for workers is only a few seconds longer, which may be too short on a
    busy machine.
    """
    gunicorn = (*SERVERS["gunicorn"], "--timeout", str(PATIENCE))
    with ExitStack() as stack:
        servers = [start(*SERVERS["uvicorn"]), start(*gunicorn)]
        for server in servers:
            wait_for(lambda to=server: fetch(to.port, "/healthz")[0] == 200, "the site to be up")
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
            for server in servers
        ]
        for connection in connections:
            connection.sendall(STALLED_REQUEST)
        for connection in connections:
            response = connection.recv(4_096)
            assert response.startswith(b"HTTP/1.1 408"), response
            while connection.recv(4_096):  # until it is closed
                pass
        for server in servers:
            assert fetch(server.port)[0] == 200
            assert "Traceback" not in server.output


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVERS)
def test_a_database_that_is_not_set_up_is_reported_with_advice(
    start: Start, tmp_path: Path, name: str
) -> None:
    server = start(*SERVERS[name], data=tmp_path / "data")
    wait_for(lambda: fetch(server.port, "/healthz")[0] == 200, "the site to be up")
    status, page = fetch(server.port)
    assert status == 503
    assert "broadsheet migrate" in page
    assert "Run `broadsheet migrate`" in server.output
    assert "Traceback" not in server.output


@pytest.mark.parametrize("module", ["asgi", "wsgi"])
def test_an_invalid_setting_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str
) -> None:
    """Both servers take the status 3 to mean: do not restart."""

    def fail() -> None:
        raise StartupError("PORT: 'many' must be a whole number. For example: PORT=8001")

    monkeypatch.setattr("django.core.wsgi.get_wsgi_application", fail)
    monkeypatch.delitem(sys.modules, "broadsheet.wsgi", raising=False)
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(ROOT / "broadsheet" / f"{module}.py"))
    assert caught.value.code == 3
    assert capsys.readouterr().err.startswith("broadsheet: PORT: 'many'")
