"""`broadsheet mail test`."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from broadsheet.accounts.models import User
from tests.mail.servers import mail_server, use

pytestmark = pytest.mark.django_db


def test_it_sends_to_the_owners_and_says_who_took_it(
    owner: User, author: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with mail_server(settings) as server:
        call_command("mail", "test")
        assert len(server.taken) == 1
        assert b"To: olivia@example.org" in server.taken[0]
        text = capsys.readouterr().out
        assert f"127.0.0.1:{server.server_address[1]} accepted it" in text
        call_command("mail", "test", "ada@example.org", "bob@example.org")
        assert len(server.taken) == 3


@pytest.mark.parametrize("word", ["CONNECT", "MAIL", "RCPT", "DATA"])
def test_it_fails_with_the_words_of_the_server(word: str, owner: User, settings: Settings) -> None:
    with mail_server(settings) as server:
        server.answers[word] = "554 5.7.1 not from you"
        with pytest.raises(CommandError, match=r"olivia@example\.org was not sent.*554 5\.7\.1"):
            call_command("mail", "test")


def test_it_fails_where_no_server_answers(owner: User, settings: Settings) -> None:
    use(settings)
    with pytest.raises(CommandError, match=r"127\.0\.0\.1:\d+ says: .*refused"):
        call_command("mail", "test")


def test_without_an_address_there_is_nobody_to_send_it_to(db: None) -> None:
    with pytest.raises(CommandError, match="broadsheet mail test ADDRESS"):
        call_command("mail", "test")


def test_without_a_mail_server_it_says_where_the_mail_is(
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
