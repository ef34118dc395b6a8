"""Delivery of mail: which errors are retried, and how long secret links are stored."""

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
from broadsheet.ops.tasks import count, hourly_cleanup
from tests.conftest import PASSWORD
from tests.mail.servers import ConcurrentBackend, MailServer, mail_server, use_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with mail_server(settings) as server:
        yield server


def request_password_reset(user: User) -> str:
    """Request a password reset; return the secret in the link."""
    Client().post("/password/reset", {"email": user.email})
    message = OutgoingMessage.objects.waiting().latest("created_at")
    return secret(message.text)


def secret(text: str) -> str:
    [link] = re.findall(r"^http://127\.0\.0\.1:8000/\S+?([\w:-]{20,})$", text, re.MULTILINE)
    return str(link)


def tables_with(word: str) -> set[str]:
    """Return the tables with a row that contains `word`."""
    return {
        model._meta.db_table
        for model in apps.get_models()
        for row in model.objects.values()  # type: ignore[attr-defined] # each has a manager
        if word in repr(row)
    }


def run_worker(times: int = 1) -> None:
    """Run the worker, as if the delay before each retry were over."""
    for _ in range(times):
        OutgoingMessage.objects.update(next_attempt_at=timezone.now())
        OxTask.objects.filter(status=OxTask.Status.READY).update(run_after=None)
        run_tasks(max_tasks=1, raise_failures=True)


def only_message() -> OutgoingMessage:
    return OutgoingMessage.objects.get()


def test_a_password_reset_link_is_deleted_after_it_was_sent(
    author: User, server: MailServer
) -> None:
    link = request_password_reset(author)
    assert tables_with(link) == {"mail_outgoing"}, "no task contains it, not even while it waits"
    run_tasks()
    assert link.encode() in server.received[0].replace(b"=\r\n", b"")
    assert tables_with(link) == set()
    assert OxTask.objects.filter(task_path="broadsheet.mail.tasks.deliver").exists()


def test_a_verification_link_is_deleted_after_it_was_sent(
    open_registration: Registration, settings: Settings, server: MailServer
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    fields = {"username": "newcomer", "email": "new@example.org", "password1": PASSWORD}
    Client().post("/signup", fields)
    link = secret(only_message().text)
    assert tables_with(link) == {"mail_outgoing"}
    run_tasks()
    assert len(server.received) == 1
    assert tables_with(link) == set()


def test_an_unsent_link_is_deleted_when_it_expires(author: User, settings: Settings) -> None:
    use_server(settings)
    link = request_password_reset(author)
    assert only_message().expires_at - only_message().created_at == dt.timedelta(hours=1)
    run_worker()
    OutgoingMessage.objects.update(expires_at=timezone.now())
    count.call()
    assert tables_with(link) == set()
    assert only_message().status == "failed"
    assert "refused" in only_message().error
    run_worker()
    assert only_message().attempts == 1


def test_a_password_reset_link_is_valid_for_an_hour(
    client: Client, author: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes, works in ((59, True), (61, False)):
        request_password_reset(author)
        message = OutgoingMessage.objects.latest("created_at")
        [path] = re.findall(r"^http://127\.0\.0\.1:8000(/\S+)$", message.text, re.MULTILINE)
        later = dt.datetime.now() + dt.timedelta(minutes=minutes)  # noqa: DTZ005 - Django's own
        with monkeypatch.context() as patch:
            patch.setattr(PasswordResetTokenGenerator, "_now", lambda _self, now=later: now)
            assert (client.get(path).status_code == 302) == works


def test_a_temporary_error_is_retried_for_three_days(author: User, server: MailServer) -> None:
    actions.send(to="ada@example.org", subject="News", text="Hello")
    server.replies["RCPT"] = "451 try again later"
    run_worker(15)
    assert (only_message().status, only_message().attempts) == ("waiting", 15)
    assert only_message().error == "451 try again later"
    assert only_message().expires_at - only_message().created_at == dt.timedelta(days=3)
    server.replies.clear()
    run_worker()
    assert (only_message().status, only_message().text, len(server.received)) == ("sent", "", 1)


@pytest.mark.parametrize("failure", ["CONNECT", "EHLO", "away"])
def test_a_failed_connection_is_retried(
    failure: str, author: User, settings: Settings, server: MailServer
) -> None:
    server.replies[failure] = "554 no service here"
    if failure == "EHLO":
        server.replies["HELO"] = "554 no service here"
    if failure == "away":
        use_server(settings)
    actions.send(to="ada@example.org", subject="News", text="Hello")
    run_worker(3)
    assert (only_message().status, only_message().attempts) == ("waiting", 3)


@pytest.mark.parametrize(
    ("command", "status"), [("RCPT", "refused"), ("MAIL", "failed"), ("DATA", "failed")]
)
def test_a_permanent_error_is_not_retried(
    command: str, status: str, author: User, server: MailServer
) -> None:
    server.replies[command] = "550 5.1.1 not here"
    link = request_password_reset(author)
    run_worker(3)
    assert (only_message().status, only_message().error) == (status, "550 5.1.1 not here")
    assert tables_with(link) == set()
    assert not OxTask.objects.exclude(status=OxTask.Status.SUCCESSFUL).exists()


def test_an_invalid_address_is_a_permanent_error(author: User, server: MailServer) -> None:
    actions.send(to="ada@exa mple.org\nBcc: x@example.org", subject="News", text="Hello")
    run_worker(2)
    assert only_message().status == "failed"


def test_the_delay_between_retries_grows_to_half_an_hour(author: User, settings: Settings) -> None:
    use_server(settings)
    actions.send(to="ada@example.org", subject="News", text="Hello")
    delays = []
    for _ in range(11):
        before = timezone.now()
        run_worker()
        delays.append((only_message().next_attempt_at - before).total_seconds() // 5)
        [job] = OxTask.objects.filter(status=OxTask.Status.READY)
        assert job.run_after == only_message().next_attempt_at
    assert delays == [2**n for n in range(9)] + [360] * 2


def test_only_one_message_is_retried_while_the_server_is_down(
    author: User, settings: Settings, server: MailServer
) -> None:
    server.replies["CONNECT"] = "421 away"
    for number in range(5):
        actions.send(to=f"ada{number}@example.org", subject="News", text="Hello")
    run_worker(5)
    before = server.connections
    run_worker()
    assert server.connections == before + 1
    assert {message.error for message in OutgoingMessage.objects.all()} == {"421 away"}
    assert OxTask.objects.filter(status=OxTask.Status.READY).count() == 1
    server.replies.clear()
    run_worker()
    assert len(server.received) == 5
    assert not OxTask.objects.exclude(status=OxTask.Status.SUCCESSFUL).exists()


def test_a_message_is_not_sent_by_two_workers(
    author: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConcurrentBackend, "received", [], raising=False)
    settings.MAILERS = {"default": {"BACKEND": "tests.mail.servers.ConcurrentBackend"}}
    actions.send(to="ada@example.org", subject="News", text="Hello")
    actions.deliver_due()
    assert ConcurrentBackend.received == ["News"]
    assert only_message().status == OutgoingMessage.Status.SENT


def test_a_message_of_a_killed_worker_is_sent_by_the_next_one(
    author: User, server: MailServer
) -> None:
    actions.send(to="ada@example.org", subject="News", text="Hello")
    OutgoingMessage.objects.update(attempts=1, next_attempt_at=timezone.now() + actions.LEASE)
    OxTask.objects.update(attempts=1, worker_ids=["killed"])
    run_tasks(raise_failures=True)
    assert len(server.received) == 1


def test_a_failed_message_is_deleted_after_a_month(author: User, server: MailServer) -> None:
    server.replies["RCPT"] = "550 not here"
    actions.send(to="ada@example.org", subject="News", text="Hello")
    run_worker()
    OutgoingMessage.objects.update(closed_at=timezone.now() - dt.timedelta(days=31))
    count.call()
    assert not OutgoingMessage.objects.exists()


def test_tasks_of_the_previous_release_are_sent_and_deleted(
    author: User, server: MailServer
) -> None:
    send_mail.enqueue(to="ada@example.org", subject="News", text="a-live-link", html="")
    run_tasks()
    assert len(server.received) == 1
    hourly_cleanup.call()
    assert tables_with("a-live-link") == set()
