"""The two ways in, `broadsheet.asgi` and `broadsheet.wsgi`, under the servers people know."""

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
    relatives,
    wait_for,
)
from tests.ops.server.test_slow_clients import SILENT

type Start = Callable[..., Server]

SERVERS = {
    "uvicorn": ("uvicorn", "broadsheet.asgi:application", "--reload", "--port", "{port}"),
    "gunicorn": ("gunicorn", "broadsheet.wsgi", "--bind", "127.0.0.1:{port}"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVERS)
def test_a_usual_server_serves_pages_and_static_files_and_stops(start: Start, name: str) -> None:
    server = start(*SERVERS[name])
    wait_for(lambda: fetch(server.port, "/healthz")[0] == 200, "the site to be up")
    status, page = fetch(server.port)
    assert status == 200
    sheet = re.search(r"/static/public/read[^\"]*\.css", page)
    assert sheet is not None
    assert fetch(server.port, sheet[0])[0] == 200, "also before static files were collected"
    assert "Traceback" not in server.output  # later, gunicorn's of an answer that was cut off
    os.killpg(server.process.pid, signal.SIGINT)
    server.process.wait(PATIENCE)
    wait_for(lambda: relatives(server.data) == [], "everything to end")
    wait_for(lambda: not is_listening(server.port), "the last one's files to be closed")


@pytest.mark.slow
def test_a_client_that_sends_no_more_is_answered_408_under_each(start: Start) -> None:
    """Sent to both at once, for the time that a body has is waited for.

    gunicorn's own patience with a worker that waits is a few seconds longer, which a busy machine
    may use up.
    """
    gunicorn = (*SERVERS["gunicorn"], "--timeout", str(PATIENCE))
    with ExitStack() as stack:
        servers = [start(*SERVERS["uvicorn"]), start(*gunicorn)]
        for server in servers:
            wait_for(lambda to=server: fetch(to.port, "/healthz")[0] == 200, "the site to be up")
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
            for server in servers
        ]
        for line in lines:
            line.sendall(SILENT)
        for line in lines:
            answer = line.recv(4_096)
            assert answer.startswith(b"HTTP/1.1 408"), answer
            while line.recv(4_096):  # until it is closed
                pass
        for server in servers:
            assert fetch(server.port)[0] == 200
            assert "Traceback" not in server.output


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVERS)
def test_a_database_that_was_not_set_up_is_said_in_words(
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
def test_a_refused_setting_is_one_line_there_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str
) -> None:
    """The status 3 is what both servers take for: do not try again."""

    def refuse() -> None:
        raise StartupError("PORT: 'many' must be a whole number. For example: PORT=8001")

    monkeypatch.setattr("django.core.wsgi.get_wsgi_application", refuse)
    monkeypatch.delitem(sys.modules, "broadsheet.wsgi", raising=False)
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(ROOT / "broadsheet" / f"{module}.py"))
    assert caught.value.code == 3
    assert capsys.readouterr().err.startswith("broadsheet: PORT: 'many'")
