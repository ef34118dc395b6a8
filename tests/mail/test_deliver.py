"""Mails on their way: what is tried again, what is not, and where their links are meanwhile."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.test import Client
from django.utils import timezone
from django_ox.models import OxTask
from django_ox.testing import run_tasks
from pytest_django import Settings

from broadsheet.accounts.models import Registration, User
from broadsheet.accounts.tasks import send_mail
from broadsheet.mail import actions
from broadsheet.mail.models import OutgoingMessage
from broadsheet.ops.tasks import count, keep_house
from tests.conftest import PASSWORD
from tests.mail.servers import MailServer, Meanwhile, mail_server, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with mail_server(settings) as server:
        yield server


def ask_for_a_password(user: User) -> str:
    """Ask for a new password; return the link's secret."""
    Client().post("/password/reset", {"email": user.email})
    message = OutgoingMessage.objects.waiting().latest("created_at")
    return secret(message.text)


def secret(text: str) -> str:
    [link] = re.findall(r"^http://127\.0\.0\.1:8000/\S+?([\w:-]{20,})$", text, re.MULTILINE)
    return str(link)


def tables_with(word: str) -> set[str]:
    """Return the tables in which some row holds `word`."""
    return {
        model._meta.db_table
        for model in apps.get_models()
        for row in model.objects.values()  # type: ignore[attr-defined] # each has a manager
        if word in repr(row)
    }


def try_again(times: int = 1) -> None:
    """Do what the worker does, as if each pause were over."""
    for _ in range(times):
        OutgoingMessage.objects.update(next_attempt_at=timezone.now())
        OxTask.objects.filter(status=OxTask.Status.READY).update(run_after=None)
        run_tasks(max_tasks=1, raise_failures=True)


def only() -> OutgoingMessage:
    return OutgoingMessage.objects.get()


def test_a_link_for_a_new_password_is_gone_once_it_was_sent(
    author: User, server: MailServer
) -> None:
    link = ask_for_a_password(author)
    assert tables_with(link) == {"mail_outgoing"}, "no job holds it, also while it waits"
    run_tasks()
    assert link.encode() in server.taken[0].replace(b"=\r\n", b"")
    assert tables_with(link) == set()
    assert OxTask.objects.filter(task_path="broadsheet.mail.tasks.deliver").exists()


def test_a_link_that_confirms_an_address_is_gone_too(
    open_registration: Registration, settings: Settings, server: MailServer
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    fields = {"username": "newcomer", "email": "new@example.org", "password1": PASSWORD}
    Client().post("/signup", fields)
    link = secret(only().text)
    assert tables_with(link) == {"mail_outgoing"}
    run_tasks()
    assert len(server.taken) == 1
    assert tables_with(link) == set()


def test_a_link_that_was_not_sent_is_gone_once_it_would_not_work(
    author: User, settings: Settings
) -> None:
    use(settings)
    link = ask_for_a_password(author)
    assert only().expires_at - only().created_at == dt.timedelta(hours=1)
    try_again()
    OutgoingMessage.objects.update(expires_at=timezone.now())
    count.call()
    assert tables_with(link) == set()
    assert only().status == "failed"
    assert "refused" in only().error
    try_again()
    assert only().attempts == 1


def test_a_link_for_a_new_password_works_for_an_hour(
    client: Client, author: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes, works in ((59, True), (61, False)):
        ask_for_a_password(author)
        message = OutgoingMessage.objects.latest("created_at")
        [path] = re.findall(r"^http://127\.0\.0\.1:8000(/\S+)$", message.text, re.MULTILINE)
        later = dt.datetime.now() + dt.timedelta(minutes=minutes)  # noqa: DTZ005 - Django's own
        with monkeypatch.context() as patch:
            patch.setattr(PasswordResetTokenGenerator, "_now", lambda _self, now=later: now)
            assert (client.get(path).status_code == 302) == works


def test_a_mail_that_the_server_takes_later_is_tried_for_three_days(
    author: User, server: MailServer
) -> None:
    actions.send(to="ada@example.org", subject="News", text="Hello")
    server.answers["RCPT"] = "451 try again later"
    try_again(15)
    assert (only().status, only().attempts) == ("waiting", 15)
    assert only().error == "451 try again later"
    assert only().expires_at - only().created_at == dt.timedelta(days=3)
    server.answers.clear()
    try_again()
    assert (only().status, only().text, len(server.taken)) == ("sent", "", 1)


@pytest.mark.parametrize("word", ["CONNECT", "EHLO", "away"])
def test_a_server_that_takes_no_connection_is_asked_again(
    word: str, author: User, settings: Settings, server: MailServer
) -> None:
    server.answers[word] = "554 no service here"
    if word == "EHLO":
        server.answers["HELO"] = "554 no service here"
    if word == "away":
        use(settings)
    actions.send(to="ada@example.org", subject="News", text="Hello")
    try_again(3)
    assert (only().status, only().attempts) == ("waiting", 3)


@pytest.mark.parametrize(
    ("word", "status"), [("RCPT", "refused"), ("MAIL", "failed"), ("DATA", "failed")]
)
def test_a_mail_that_the_server_refuses_for_good_is_not_tried_again(
    word: str, status: str, author: User, server: MailServer
) -> None:
    server.answers[word] = "550 5.1.1 not here"
    link = ask_for_a_password(author)
    try_again(3)
    assert (only().status, only().error) == (status, "550 5.1.1 not here")
    assert tables_with(link) == set()
    assert not OxTask.objects.exclude(status=OxTask.Status.SUCCESSFUL).exists()


def test_an_address_that_no_mail_can_have_is_given_up(author: User, server: MailServer) -> None:
    actions.send(to="ada@exa mple.org\nBcc: x@example.org", subject="News", text="Hello")
    try_again(2)
    assert only().status == "failed"


def test_the_pauses_grow_to_half_an_hour(author: User, settings: Settings) -> None:
    use(settings)
    actions.send(to="ada@example.org", subject="News", text="Hello")
    pauses = []
    for _ in range(11):
        before = timezone.now()
        try_again()
        pauses.append((only().next_attempt_at - before).total_seconds() // 5)
        [job] = OxTask.objects.filter(status=OxTask.Status.READY)
        assert job.run_after == only().next_attempt_at
    assert pauses == [2**n for n in range(9)] + [360] * 2


def test_while_the_server_is_away_one_message_asks_for_all(
    author: User, settings: Settings, server: MailServer
) -> None:
    server.answers["CONNECT"] = "421 away"
    for number in range(5):
        actions.send(to=f"ada{number}@example.org", subject="News", text="Hello")
    try_again(5)
    before = server.connections
    try_again()
    assert server.connections == before + 1
    assert {message.error for message in OutgoingMessage.objects.all()} == {"421 away"}
    assert OxTask.objects.filter(status=OxTask.Status.READY).count() == 1
    server.answers.clear()
    try_again()
    assert len(server.taken) == 5
    assert not OxTask.objects.exclude(status=OxTask.Status.SUCCESSFUL).exists()


def test_a_mail_that_one_worker_sends_is_not_sent_by_another(
    author: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Meanwhile, "taken", [], raising=False)
    settings.MAILERS = {"default": {"BACKEND": "tests.mail.servers.Meanwhile"}}
    actions.send(to="ada@example.org", subject="News", text="Hello")
    actions.deliver_due()
    assert Meanwhile.taken == ["News"]
    assert only().status == OutgoingMessage.Status.SENT


def test_a_mail_that_a_killed_worker_was_at_is_sent_by_the_next(
    author: User, server: MailServer
) -> None:
    actions.send(to="ada@example.org", subject="News", text="Hello")
    OutgoingMessage.objects.update(attempts=1, next_attempt_at=timezone.now() + actions.LEASE)
    OxTask.objects.update(attempts=1, worker_ids=["killed"])
    run_tasks(raise_failures=True)
    assert len(server.taken) == 1


def test_what_was_given_up_is_forgotten_after_a_month(author: User, server: MailServer) -> None:
    server.answers["RCPT"] = "550 not here"
    actions.send(to="ada@example.org", subject="News", text="Hello")
    try_again()
    OutgoingMessage.objects.update(closed_at=timezone.now() - dt.timedelta(days=31))
    count.call()
    assert not OutgoingMessage.objects.exists()


def test_jobs_of_the_release_before_are_sent_and_forgotten(
    author: User, server: MailServer
) -> None:
    send_mail.enqueue(to="ada@example.org", subject="News", text="a-live-link", html="")
    run_tasks()
    assert len(server.taken) == 1
    keep_house.call()
    assert tables_with("a-live-link") == set()
