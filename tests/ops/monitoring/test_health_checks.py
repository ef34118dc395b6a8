"""/readyz: whether requests should be sent here, and what an owner should look at."""

import datetime as dt
import json
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import ANY, Mock

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_ox.models import OxTask
from django_ox.testing import run_tasks
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.mail import actions
from broadsheet.mail.models import OutgoingMessage
from broadsheet.ops.database import migration_plan
from broadsheet.ops.models import Backup, Worker
from broadsheet.ops.monitoring import health_checks, heartbeat
from broadsheet.ops.monitoring.health_checks import Check
from broadsheet.ops.tasks import count
from broadsheet.posts import actions as posts
from broadsheet.posts.models import Post
from tests.mail.servers import mail_server
from tests.ops.deploy.test_site import certificate

pytestmark = pytest.mark.django_db
TOKEN = {"Authorization": "Bearer a-token"}


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token"


def found(name: str) -> Check:
    return next(check for check in health_checks.all_checks() if check.name == name)


def test_a_site_that_works_is_ready() -> None:
    answer = Client(headers={"host": "10.1.2.3"}).get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert answer["Cache-Control"] == "no-store"


def test_who_has_the_token_is_told_what_was_looked_at() -> None:
    output = Client().get("/readyz", headers=TOKEN).json()["checks"]
    names = ["disk", "database", "migrations", "worker", "scheduled", "queue", "mail", "backup"]
    names += ["proof", "redis", "replica", "certificate"]
    assert list(output) == names
    assert output["database"] == {"is_well": True, "says": "it answers"}


def test_without_its_database_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise DatabaseError("connection refused\nby the server")

    monkeypatch.setattr(connection, "cursor", fail)
    answer = Client().get("/readyz", headers=TOKEN)
    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["checks"]["database"]["says"] == "connection refused"


def test_with_migrations_to_run_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration_plan, "count_pending", lambda: 2)
    answer = Client().get("/readyz", headers=TOKEN)
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"]["says"] == "2 to run"


@pytest.mark.parametrize(
    ("free", "is_ready", "is_well"), [(10**7, 503, 0), (10**8, 200, 0), (10**10, 200, 1)]
)
def test_a_full_disk_is_no_place_for_requests(
    monkeypatch: pytest.MonkeyPatch, free: int, is_ready: int, is_well: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, free))
    answer = Client().get("/readyz", headers=TOKEN)
    assert answer.status_code == is_ready
    assert answer.json()["checks"]["disk"]["is_well"] == is_well


def test_a_job_that_waits_too_long_is_something_to_look_at() -> None:
    assert found("queue").is_well
    OxTask.objects.create(
        task_path="x", backend_name="default", enqueued_at=timezone.now() - dt.timedelta(hours=3)
    )
    assert (found("queue").is_well, found("queue").message) == (
        False,
        "the oldest job has been waiting for 3 h",
    )
    assert health_checks.is_ready(health_checks.all_checks()), "readers do not wait for it"


def test_a_worker_that_gives_no_sign_of_life_is_something_to_look_at() -> None:
    assert found("worker") == Check("worker", False, "no heartbeat of a background worker today")
    heartbeat.beat("one")
    heartbeat.beat("another")
    assert found("worker").is_well
    Worker.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=5))
    assert not found("worker").is_well
    assert found("worker").message.startswith("the last heartbeat was 5 min")
    assert 300 <= found("worker").value < 400
    heartbeat.beat("another")
    assert found("worker").is_well, "one is enough"
    assert health_checks.is_ready(health_checks.all_checks()), "readers do not wait for it"


def test_a_clock_that_was_set_back_leaves_the_worker_well() -> None:
    Worker.objects.create(name="one", seen_at=timezone.now() + dt.timedelta(hours=1))
    assert found("worker") == Check("worker", True, "the last heartbeat was 0 s ago", value=ANY)


def test_a_scheduled_post_that_is_late_is_something_to_look_at(author: User) -> None:
    post = posts.create(by=author, title="Late", content="x")
    posts.publish(post, by=author, at=timezone.now() + dt.timedelta(hours=1))
    assert found("scheduled").is_well
    Post.objects.update(pub_date=timezone.now() - dt.timedelta(minutes=3))
    assert (found("scheduled").is_well, found("scheduled").message) == (
        False,
        "1 late, for 3 min: Late",
    )
    Post.objects.update(deleted_at=timezone.now())
    assert found("scheduled").is_well


def test_a_scheduled_post_whose_job_is_gone_becomes_public_all_the_same(author: User) -> None:
    post = posts.create(by=author, title="Late", content="x")
    posts.publish(post, by=author, at=timezone.now() + dt.timedelta(hours=1))
    OxTask.objects.all().delete()
    Post.objects.update(pub_date=timezone.now() - dt.timedelta(minutes=3))
    count.call()
    run_tasks()
    post.refresh_from_db()
    assert post.status == "published"


def test_mails_that_wait_and_those_given_up_are_something_to_look_at(settings: Settings) -> None:
    assert found("mail").message == "no e-mail sent yet"
    with mail_server(settings) as server:
        server.answers["RCPT"] = "550 nobody here"
        actions.send(to="ada@example.org", subject="News", text="Hello")
        run_tasks()
        assert found("mail").is_well, "whoever signs up with a wrong address alarms nobody"
        server.answers["MAIL"] = "550 not from you"
        actions.send(to="ada@example.org", subject="News", text="Hello")
        run_tasks()
        assert found("mail") == Check("mail", False, "1 could not be sent: 550 not from you")
        server.answers.clear()
        actions.send(to="ada@example.org", subject="News", text="Hello")
        run_tasks()
        assert found("mail").is_well
        assert found("mail").message.startswith("the last was sent")
        server.answers["CONNECT"] = "421 away"
        actions.send(to="ada@example.org", subject="News", text="Hello")
        run_tasks()
        assert found("mail").is_well, "a short while is nothing to wake anyone for"
        waiting = OutgoingMessage.objects.waiting()
        waiting.update(created_at=timezone.now() - dt.timedelta(hours=2))
        assert found("mail").message == "1 waiting, the oldest for 2 h: 421 away"


def test_what_cannot_be_looked_at_hides_nothing_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTPS, away = True, ConnectionError("Redis is away")
    monkeypatch.setattr(cache, "get", Mock(side_effect=away))
    answer = Client().get("/readyz", headers=TOKEN, secure=True)
    assert answer.status_code == 200
    output = answer.json()["checks"]
    assert output["certificate"] == {
        "is_well": False,
        "says": "check failed: Redis is away",
    }
    assert output["replica"]["is_well"]


def backup(hours: float, **more: Any) -> Backup:
    at = timezone.now() - dt.timedelta(hours=hours)
    return Backup.objects.create(started_at=at, finished_at=at, **{"target": "s3://bucket", **more})


def test_backups_are_looked_at(settings: Settings) -> None:
    settings.BACKUP_AT = "never"
    assert found("backup") == Check("backup", True, "there is none, and daily backups are disabled")
    settings.BACKUP_AT = "04:10"
    assert found("backup").is_well, "the first one is made within a day"
    MigrationRecorder.Migration.objects.update(applied=timezone.now() - dt.timedelta(days=2))
    assert found("backup") == Check(
        "backup", False, "there is none yet; the worker creates one at 04:10"
    )
    backup(50, name="one")
    last = "the last is 2 d 2 h old, in s3://bucket"
    assert (found("backup").is_well, found("backup").message) == (False, last)
    settings.BACKUP_AT = "never"
    assert found("backup").is_well
    backup(2, name="two", proven_at=timezone.now())
    assert found("backup").is_well
    assert "ago" in found("proof").message
    backup(1, error="the disk is full")
    assert (found("backup").is_well, found("backup").message) == (
        False,
        "it failed: the disk is full",
    )


def test_a_backup_that_would_burn_with_the_site_is_said_to(settings: Settings) -> None:
    backup(1, name="one", target=str(settings.DATA))
    assert found("backup").is_well
    assert found("backup").message.endswith(
        f"in {settings.DATA}, on the same disk as the site: see BROADSHEET_BACKUP_TARGET"
    )


@contextmanager
def tls_server(cert: str, key: str) -> Iterator[int]:
    """Accept one TLS connection; yield the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            line, _address = listener.accept()
            try:
                context.wrap_socket(line, server_side=True).close()
            except OSError:
                line.close()

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(("days", "is_well"), [(6, False), (60, True)])
def test_a_certificate_that_expires_soon_is_reported(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    is_well: bool,
) -> None:
    cert, key = certificate(tmp_path, days)
    monkeypatch.setenv("SSL_CERT_FILE", cert)  # OpenSSL's certificate authorities
    with tls_server(cert, key) as port:
        settings.HTTPS, settings.SITE_URL = True, f"https://localhost:{port}"
        health_checks.refresh_certificate()
    assert found("certificate").is_well == is_well
    assert found("certificate").message.startswith(f"it expires in {days - 1} d 23 h")


def test_a_certificate_that_browsers_reject_is_reported(settings: Settings, tmp_path: Path) -> None:
    with tls_server(*certificate(tmp_path)) as port:
        settings.HTTPS, settings.SITE_URL = True, f"https://localhost:{port}"
        health_checks.refresh_certificate()
    assert not found("certificate").is_well
    assert "CERTIFICATE_VERIFY_FAILED" in found("certificate").message.upper()


def test_it_is_all_in_the_metrics() -> None:
    text = Client().get("/metrics", headers=TOKEN).text
    assert 'broadsheet_is_well{check="database"} 1.0' in text
    assert 'broadsheet_check{check="disk"}' in text
    assert json.dumps("certificate") in text
