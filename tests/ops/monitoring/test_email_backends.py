"""Sent and failed e-mails are counted."""

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
from tests.ops.monitoring.test_request_metrics import metric_value
from tests.ops.processes import PATIENCE, Server, free_port, wait_for

pytestmark = pytest.mark.django_db


def test_a_sent_email_is_counted(settings: Settings, tmp_path: Path) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.FolderBackend",
            "OPTIONS": {"file_path": str(tmp_path)},
        }
    }
    before = metric_value(settings, "broadsheet_mails_total", outcome="sent")
    EmailMessage("Hello", "Ada", to=["ada@example.org"]).send()
    assert metric_value(settings, "broadsheet_mails_total", outcome="sent") == before + 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failed_email_is_counted_and_the_error_is_raised(settings: Settings) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.SMTPBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": free_port(), "timeout": 5},
        }
    }
    before = metric_value(settings, "broadsheet_mails_total", outcome="failed")
    with pytest.raises(ConnectionRefusedError):
        EmailMessage("Hello", "Ada", to=["ada@example.org"]).send()
    assert metric_value(settings, "broadsheet_mails_total", outcome="failed") == before + 1


class MailServer(socketserver.TCPServer):
    """A mail server."""

    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Smtp)
        self.received: list[bytes] = []


def request_password_reset(server: Server, email: str) -> str:
    """Submit the form as a browser does; return the URL that it redirects to."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)
    url = f"http://127.0.0.1:{server.port}/password/reset"
    with browser.open(url, timeout=PATIENCE) as page:
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "email": email}).encode()
    with browser.open(urllib.request.Request(url, form), timeout=PATIENCE) as page:
        return str(page.url)


def email_states(data: Path) -> list[tuple[str, int]]:
    """Return the status of each e-mail and the number of its attempts."""
    with closing(sqlite3.connect(data / "broadsheet.sqlite3", timeout=20)) as database:
        return database.execute("SELECT status, attempts FROM mail_outgoing").fetchall()


@pytest.mark.server
@pytest.mark.slow
def test_pages_work_while_the_mail_server_is_down_and_emails_are_sent_later(
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
    assert request_password_reset(server, "ada@example.org").endswith("/password/reset/sent")
    wait_for(
        lambda: any(state == "waiting" and tries for state, tries in email_states(data)),
        "a failed attempt",
    )
    with MailServer(port) as mail_server:
        thread = threading.Thread(target=mail_server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        wait_for(lambda: [state for state, _ in email_states(data)] == ["sent"], "the e-mail")
        mail_server.shutdown()
        thread.join()
    assert len(mail_server.received) == 1
    assert b"To: ada@example.org" in mail_server.received[0]
