"""Mail: sent by a background task, to a file or to a mail server."""

import re
import socketserver
import threading
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django_ox.testing import run_tasks
from pytest_django import Settings

from broadsheet.accounts.models import Registration, User
from tests.conftest import PASSWORD

NEW = "another-long-password"
_parser = Parser(policy=policy.default)


@pytest.fixture
def box(settings: Settings, tmp_path: Path) -> Path:
    """Folder for mails while there is no mail server."""
    folder = tmp_path / "mail"
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.FolderBackend",
            "OPTIONS": {"file_path": str(folder)},
        }
    }
    return folder


@pytest.fixture
def verified(settings: Settings) -> None:
    """Settings of a site with a mail server."""
    settings.HAS_MAIL_SERVER = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


def mails(box: Path) -> list[EmailMessage]:
    """Run the worker once and return the mails that it wrote."""
    run_tasks()
    messages: list[EmailMessage] = []
    for path in box.glob("*.log"):
        texts = path.read_text().split("-" * 79 + "\n")
        assert "quoted-printable" not in texts[0], "a link can be copied from the file"
        messages += [_parser.parsestr(text) for text in texts if text.strip()]
        path.unlink()
    return messages


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link(message: EmailMessage) -> str:
    match = re.search(r"^http://127.0.0.1:8000(/\S+)$", body(message), re.MULTILINE)
    assert match
    return match[1]


def test_a_password_is_reset_by_mail(client: Client, author: User, box: Path) -> None:
    response = client.post("/password/reset", {"email": "ADA@example.org"})
    assert response["Location"] == "/password/reset/sent"
    assert not box.exists(), "mail leaves in the background"
    (message,) = mails(box)
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "Reset your password for The Daily Test"
    html = body(message, "html")
    assert f'<a href="http://127.0.0.1:8000{link(message)}"' in html
    redirect = client.get(link(message))
    assert redirect["Location"].endswith("-set-password")
    assert "Choose a new password" in client.get(redirect["Location"]).content.decode()
    done = client.post(redirect["Location"], {"password1": NEW, "password2": NEW})
    assert done["Location"] == "/password/reset/done"
    assert client.post("/login", {"login": "ada", "password": NEW}).status_code == 302
    (notice,) = mails(box)
    assert "was reset" in notice["Subject"]
    again = Client().get(link(message))
    assert "This link does not work" in again.content.decode()


def test_a_reset_unlocks_the_login_after_too_many_wrong_passwords(
    client: Client, author: User, box: Path
) -> None:
    for n in range(6):
        name = ("ada", "ada@example.org")[n % 2]
        response = client.post("/login", {"login": name, "password": "wrong"})
    assert response.status_code == 429
    client.post("/password/reset", {"email": "ada@example.org"})
    (message,) = mails(box)
    redirect = client.get(link(message))["Location"]
    client.post(redirect, {"password1": NEW, "password2": NEW})
    for name in ("ada", "ada@example.org"):
        assert Client().post("/login", {"login": name, "password": NEW}).status_code == 302


def test_an_unknown_address_gets_the_same_response_and_another_mail(
    author: User, box: Path
) -> None:
    pages = []
    for address in ("ada@example.org", "nobody@example.org"):
        client = Client()
        response = client.post("/password/reset", {"email": address})
        pages.append((response.status_code, response["Location"], dict(client.session)))
        pages.append(client.get(response["Location"]).content)  # type: ignore[arg-type]
    assert pages[:2] == pages[2:]
    assert sorted(message["Subject"] for message in mails(box)) == [
        "No account with this address at The Daily Test",
        "Reset your password for The Daily Test",
    ]


def test_links_in_mails_use_the_site_url_whatever_the_host_header(
    client: Client, author: User, box: Path
) -> None:
    client.post("/password/reset", {"email": author.email}, headers={"host": "localhost:6666"})
    (message,) = mails(box)
    assert ":6666" not in message.as_string()  # the digits alone may occur in the MIME boundary
    link(message)


@pytest.mark.parametrize(
    "path", ["zz-zz", "0-0", "00000000000000000000000000000000-abc", "x" * 300 + "-1"]
)
def test_an_invalid_link_causes_no_server_error(path: str, client: Client, owner: User) -> None:
    for address in (f"/password/reset/{path}", f"/verify/{path}"):
        response = client.get(address)
        assert response.status_code == 200
        assert "This link does not work" in response.content.decode()


def test_with_a_mail_server_addresses_are_confirmed_first(
    client: Client, open_registration: Registration, box: Path, verified: None
) -> None:
    fields = {"username": "newcomer", "email": "new@example.org", "password1": PASSWORD}
    response = client.post("/signup", {**fields, "next": "/studio"})
    assert response["Location"] == "/verify"
    assert "We sent you an e-mail with a link" in client.get("/verify").content.decode()
    assert client.get("/profile").status_code == 302
    (message,) = mails(box)
    page = client.get(link(message))
    assert "new@example.org is the e-mail address of newcomer" in page.content.decode()
    assert client.get("/profile").status_code == 302, "following a link confirms nothing"
    assert client.post(link(message))["Location"] == "/studio"
    assert "Account created for newcomer." in client.get("/profile").content.decode()


def test_sign_up_does_not_reveal_an_address_in_use_if_addresses_are_confirmed(
    open_registration: Registration, author: User, box: Path, verified: None
) -> None:
    pages = []
    for n, address in enumerate(["new@example.org", "Ada@example.org"]):
        client = Client()
        fields = {"username": f"newcomer{n}", "email": address, "password1": PASSWORD}
        response = client.post("/signup", fields)
        pages.append((response.status_code, response["Location"], client.get("/verify").content))
    assert pages[0] == pages[1]
    assert sorted(message["Subject"] for message in mails(box)) == [
        "Confirm your e-mail address for The Daily Test",
        "You have an account at The Daily Test",
    ]
    assert not User.objects.filter(username="newcomer1").exists()


def test_an_unconfirmed_user_confirms_at_the_next_login(
    client: Client, author: User, box: Path, verified: None
) -> None:
    response = client.post("/login", {"login": "ada", "password": PASSWORD})
    assert response["Location"] == "/verify"
    (message,) = mails(box)
    assert client.post(link(message))["Location"] == "/studio"
    assert EmailAddress.objects.get(user=author).verified


def confirmed(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def change_email(client: Client, address: str) -> Any:
    """Log in again, confirm the password, and send the form."""
    client.post("/login", {"login": "ada", "password": PASSWORD})
    redirect = client.get("/profile/email")
    assert redirect["Location"] == "/login/again?next=%2Fprofile%2Femail"
    client.post(redirect["Location"], {"password": PASSWORD})
    return client.post("/profile/email", {"email": address}, follow=True)


def test_a_new_address_is_used_at_once_without_a_mail_server(client: Client, author: User) -> None:
    page = change_email(client, "Ada@Lovelace.example")
    assert "Your e-mail address is now ada@lovelace.example." in page.content.decode()
    author.refresh_from_db()
    assert author.email == "ada@lovelace.example"
    page = client.post("/profile/email", {"email": "OLIVIA@example.org"})
    assert "This e-mail address is already in use" in page.content.decode()


def test_a_new_address_is_used_after_confirmation(
    client: Client, author: User, box: Path, verified: None
) -> None:
    confirmed(author)
    page = change_email(client, "ada@lovelace.example")
    assert "We sent a link to ada@lovelace.example" in page.content.decode()
    author.refresh_from_db()
    assert author.email == "ada@example.org"
    (message,) = mails(box)
    assert message["To"] == "ada@lovelace.example"
    client.post(link(message))
    author.refresh_from_db()
    assert author.email == "ada@lovelace.example"
    assert EmailAddress.objects.get(user=author).verified
    (notice,) = mails(box)
    assert notice["To"] == "ada@example.org"


def test_the_address_of_another_account_is_neither_revealed_nor_used(
    client: Client, author: User, another_author: User, box: Path, verified: None
) -> None:
    confirmed(author)
    page = change_email(client, "bob@example.org")
    assert "We sent a link to bob@example.org" in page.content.decode()
    (message,) = mails(box)
    assert message["Subject"] == "You have an account at The Daily Test"
    author.refresh_from_db()
    assert author.email == "ada@example.org"


def test_an_address_taken_by_another_account_meanwhile_is_not_confirmed(
    client: Client, author: User, another_author: User, box: Path, verified: None
) -> None:
    confirmed(author)
    change_email(client, "ada@lovelace.example")
    (message,) = mails(box)
    User.objects.filter(pk=another_author.pk).update(email="ada@lovelace.example")
    page = client.post(link(message), follow=True)
    assert "Another account now uses this e-mail address." in page.content.decode()
    author.refresh_from_db()
    assert author.email == "ada@example.org"


class Smtp(socketserver.StreamRequestHandler):
    """Minimal SMTP server (RFC 5321) for one mail."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append(b"".join(lines))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def smtp() -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), Smtp) as server:
        server.received = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_mail_is_sent_to_a_mail_server(
    client: Client, author: User, settings: Settings, smtp: Any
) -> None:
    host, port = smtp.server_address
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": host, "port": port},
        }
    }
    client.post("/password/reset", {"email": author.email})
    run_tasks()
    (received,) = smtp.received
    assert b"To: ada@example.org" in received
    assert b"text/html" in received
