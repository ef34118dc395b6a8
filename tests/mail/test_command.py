"""`broadsheet mail test`."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from broadsheet.accounts.models import User
from tests.mail.servers import mail_server, use_server

pytestmark = pytest.mark.django_db


def test_it_sends_to_the_owners_and_prints_the_server_that_accepted_it(
    owner: User, author: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(settings) as server:
        call_command("mail", "test")
        assert len(server.received) == 1
        assert b"To: olivia@example.org" in server.received[0]
        text = capsys.readouterr().out
        assert f"127.0.0.1:{server.server_address[1]} accepted it" in text
        call_command("mail", "test", "ada@example.org", "bob@example.org")
        assert len(server.received) == 3


@pytest.mark.parametrize("command", ["CONNECT", "MAIL", "RCPT", "DATA"])
def test_it_fails_with_the_reply_of_the_server(
    command: str, owner: User, settings: Settings
) -> None:
    with mail_server(settings) as server:
        server.replies[command] = "554 5.7.1 not from you"
        with pytest.raises(CommandError, match=r"olivia@example\.org was not sent.*554 5\.7\.1"):
            call_command("mail", "test")


def test_it_fails_if_no_server_responds(owner: User, settings: Settings) -> None:
    use_server(settings)
    with pytest.raises(CommandError, match=r"127\.0\.0\.1:\d+ says: .*refused"):
        call_command("mail", "test")


def test_it_needs_an_address_if_the_site_has_no_owner(db: None) -> None:
    with pytest.raises(CommandError, match="broadsheet mail test ADDRESS"):
        call_command("mail", "test")


def test_without_a_mail_server_it_prints_the_folder_of_the_message(
    owner: User, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"file_path": str(tmp_path / "mail")}
    settings.MAILERS = {
        "default": {
            "BACKEND": "broadsheet.ops.monitoring.email_backends.FolderBackend",
            "OPTIONS": options,
        }
    }
    call_command("mail", "test")
    text = capsys.readouterr().out
    assert f"EMAIL_URL is not set, so the e-mail was written to {tmp_path / 'mail'}." in text
    assert len(list((tmp_path / "mail").iterdir())) == 1
