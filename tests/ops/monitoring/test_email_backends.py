"""Mails are counted, those that left and those that could not."""

import http.cookiejar
import re
import socketserver
import sqlite3
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from tests.accounts.test_mail import Smtp
from tests.ops.backup import sites
from tests.ops.monitoring.test_request_metrics import counted
from tests.ops.processes import PATIENCE, Server, free_port, wait_for

pytestmark = pytest.mark.django_db


def test_a_mail_that_leaves_is_counted(settings: Settings, tmp_path: Path) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.FolderBackend",
            "OPTIONS": {"file_path": str(tmp_path)},
        }
    }
    before = counted(settings, "broadsheet_mails_total", outcome="sent")
    EmailMessage("Hello", "Ada", to=["ada@example.org"]).send()
    assert counted(settings, "broadsheet_mails_total", outcome="sent") == before + 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_mail_that_no_server_takes_is_counted_and_the_error_remains(settings: Settings) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.SMTPBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": free_port(), "timeout": 5},
        }
    }
    before = counted(settings, "broadsheet_mails_total", outcome="failed")
    with pytest.raises(ConnectionRefusedError):
        EmailMessage("Hello", "Ada", to=["ada@example.org"]).send()
    assert counted(settings, "broadsheet_mails_total", outcome="failed") == before + 1


class MailServer(socketserver.TCPServer):
    """A mail server that was gone for a while."""

    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Smtp)
        self.received: list[bytes] = []


def ask_for_a_password(server: Server, email: str) -> str:
    """Fill in the form as a browser does; return where it led."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)
    address = f"http://127.0.0.1:{server.port}/password/reset"
    with browser.open(address, timeout=PATIENCE) as page:
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "email": email}).encode()
    with browser.open(urllib.request.Request(address, form), timeout=PATIENCE) as page:
        return str(page.url)


def mails(data: Path) -> list[tuple[str, int]]:
    """Return what became of the mails, and how often each was tried."""
    with closing(sqlite3.connect(data / "broadsheet.sqlite3", timeout=20)) as database:
        return database.execute("SELECT status, attempts FROM mail_outgoing").fetchall()


@pytest.mark.server
@pytest.mark.slow
def test_while_the_mail_server_is_gone_pages_answer_and_the_mail_is_sent_once_it_is_back(
    prepared: Path, tmp_path: Path, start: Callable[..., Server]
) -> None:
    data, port = sites.copy(prepared, tmp_path / "data"), free_port()
    server = start(
        "broadsheet", "serve", "--port", "{port}", data=data, EMAIL_URL=f"smtp://127.0.0.1:{port}"
    )
    sites.shell(
        data,
        "from broadsheet.accounts.models import User\n"
        "User.objects.create_user('ada', 'ada@example.org', 'long-enough-1')",
    )
    assert ask_for_a_password(server, "ada@example.org").endswith("/password/reset/sent")
    wait_for(lambda: any(state == "waiting" and tries for state, tries in mails(data)), "a failure")
    with MailServer(port) as back:
        thread = threading.Thread(target=back.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        wait_for(lambda: [state for state, _ in mails(data)] == ["sent"], "the mail")
        back.shutdown()
        thread.join()
    assert len(back.received) == 1
    assert b"To: ada@example.org" in back.received[0]
