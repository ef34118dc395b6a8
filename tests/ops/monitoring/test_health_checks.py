"""/readyz: whether the site is ready for requests, and the checks for the owner."""

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


def run_check(name: str) -> Check:
    return next(check for check in health_checks.all_checks() if check.name == name)


def test_a_working_site_is_ready() -> None:
    response = Client(headers={"host": "10.1.2.3"}).get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})
    assert response["Cache-Control"] == "no-store"


def test_the_results_of_all_checks_are_shown_with_the_token() -> None:
    output = Client().get("/readyz", headers=TOKEN).json()["checks"]
    names = ["disk", "database", "migrations", "worker", "scheduled", "queue", "mail", "backup"]
    names += ["verification", "redis", "replica", "certificate"]
    assert list(output) == names
    assert output["database"] == {"is_healthy": True, "message": "it answers"}


def test_a_site_without_its_database_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise DatabaseError("connection refused\nby the server")

    monkeypatch.setattr(connection, "cursor", fail)
    response = Client().get("/readyz", headers=TOKEN)
    assert response.status_code == 503
    assert response.json()["status"] == "not ready"
    assert response.json()["checks"]["database"]["message"] == "connection refused"


def test_a_site_with_pending_migrations_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration_plan, "count_pending", lambda: 2)
    response = Client().get("/readyz", headers=TOKEN)
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"]["message"] == "2 to run"


@pytest.mark.parametrize(
    ("free", "is_ready", "is_healthy"), [(10**7, 503, 0), (10**8, 200, 0), (10**10, 200, 1)]
)
def test_a_site_with_a_full_disk_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, free: int, is_ready: int, is_healthy: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, free))
    response = Client().get("/readyz", headers=TOKEN)
    assert response.status_code == is_ready
    assert response.json()["checks"]["disk"]["is_healthy"] == is_healthy


def test_a_job_that_waits_too_long_is_reported() -> None:
    assert run_check("queue").is_healthy
    OxTask.objects.create(
        task_path="x", backend_name="default", enqueued_at=timezone.now() - dt.timedelta(hours=3)
    )
    assert (run_check("queue").is_healthy, run_check("queue").message) == (
        False,
        "the oldest job has been waiting for 3 h",
    )
    assert health_checks.is_ready(health_checks.all_checks()), "requests do not depend on it"


def test_a_worker_without_heartbeats_is_reported() -> None:
    assert run_check("worker") == Check(
        "worker", False, "no heartbeat of a background worker today"
    )
    heartbeat.beat("one")
    heartbeat.beat("another")
    assert run_check("worker").is_healthy
    Worker.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=5))
    assert not run_check("worker").is_healthy
    assert run_check("worker").message.startswith("the last heartbeat was 5 min")
    assert 300 <= run_check("worker").value < 400
    heartbeat.beat("another")
    assert run_check("worker").is_healthy, "one is enough"
    assert health_checks.is_ready(health_checks.all_checks()), "requests do not depend on it"


def test_a_heartbeat_in_the_future_counts_as_current() -> None:
    Worker.objects.create(name="one", seen_at=timezone.now() + dt.timedelta(hours=1))
    assert run_check("worker") == Check("worker", True, "the last heartbeat was 0 s ago", value=ANY)


def test_a_late_scheduled_post_is_reported(author: User) -> None:
    post = posts.create(by=author, title="Late", content="x")
    posts.publish(post, by=author, at=timezone.now() + dt.timedelta(hours=1))
    assert run_check("scheduled").is_healthy
    Post.objects.update(pub_date=timezone.now() - dt.timedelta(minutes=3))
    assert (run_check("scheduled").is_healthy, run_check("scheduled").message) == (
        False,
        "1 late, for 3 min: Late",
    )
    Post.objects.update(deleted_at=timezone.now())
    assert run_check("scheduled").is_healthy


def test_a_scheduled_post_is_published_even_if_its_job_is_lost(author: User) -> None:
    post = posts.create(by=author, title="Late", content="x")
    posts.publish(post, by=author, at=timezone.now() + dt.timedelta(hours=1))
    OxTask.objects.all().delete()
    Post.objects.update(pub_date=timezone.now() - dt.timedelta(minutes=3))
    count.call()
    run_tasks()
    post.refresh_from_db()
    assert post.status == "published"


def test_waiting_and_failed_emails_are_reported(settings: Settings) -> None:
    assert run_check("mail").message == "no e-mail sent yet"
    with mail_server(settings) as server:
        server.replies["RCPT"] = "550 nobody here"
        actions.send(to="ada@example.org", subject="News", text="Hello")
        run_tasks()
        assert run_check("mail").is_healthy, "a sign-up with a wrong e-mail address causes no alert"
        server.replies["MAIL"] = "550 not from you"
        actions.send(to="ada@example.org", subject="News", text="Hello")
        run_tasks()
        assert run_check("mail") == Check("mail", False, "1 could not be sent: 550 not from you")
        server.replies.clear()
        actions.send(to="ada@example.org", subject="News", text="Hello")
        run_tasks()
        assert run_check("mail").is_healthy
        assert run_check("mail").message.startswith("the last was sent")
        server.replies["CONNECT"] = "421 away"
        actions.send(to="ada@example.org", subject="News", text="Hello")
        run_tasks()
        assert run_check("mail").is_healthy, "a short delay causes no alert"
        waiting = OutgoingMessage.objects.waiting()
        waiting.update(created_at=timezone.now() - dt.timedelta(hours=2))
        assert run_check("mail").message == "1 waiting, the oldest for 2 h: 421 away"


def test_a_failing_check_does_not_hide_the_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTPS, error = True, ConnectionError("Redis is away")
    monkeypatch.setattr(cache, "get", Mock(side_effect=error))
    response = Client().get("/readyz", headers=TOKEN, secure=True)
    assert response.status_code == 200
    output = response.json()["checks"]
    assert output["certificate"] == {
        "is_healthy": False,
        "message": "check failed: Redis is away",
    }
    assert output["replica"]["is_healthy"]


def create_backup(hours: float, **more: Any) -> Backup:
    at = timezone.now() - dt.timedelta(hours=hours)
    return Backup.objects.create(started_at=at, finished_at=at, **{"target": "s3://bucket", **more})


def test_missing_old_and_failed_backups_are_reported(settings: Settings) -> None:
    settings.BACKUP_AT = "never"
    assert run_check("backup") == Check(
        "backup", True, "there is none, and daily backups are disabled"
    )
    settings.BACKUP_AT = "04:10"
    assert run_check("backup").is_healthy, "the first one is created within a day"
    MigrationRecorder.Migration.objects.update(applied=timezone.now() - dt.timedelta(days=2))
    assert run_check("backup") == Check(
        "backup", False, "there is none yet; the worker creates one at 04:10"
    )
    create_backup(50, name="one")
    last = "the last is 2 d 2 h old, in s3://bucket"
    assert (run_check("backup").is_healthy, run_check("backup").message) == (False, last)
    settings.BACKUP_AT = "never"
    assert run_check("backup").is_healthy
    create_backup(2, name="two", verified_at=timezone.now())
    assert run_check("backup").is_healthy
    assert "ago" in run_check("verification").message
    create_backup(1, error="the disk is full")
    assert (run_check("backup").is_healthy, run_check("backup").message) == (
        False,
        "it failed: the disk is full",
    )


def test_a_backup_on_the_same_disk_as_the_site_is_reported(settings: Settings) -> None:
    create_backup(1, name="one", target=str(settings.DATA))
    assert run_check("backup").is_healthy
    assert run_check("backup").message.endswith(
        f"in {settings.DATA}, on the same disk as the site: see BROADSHEET_BACKUP_TARGET"
    )


@contextmanager
def tls_server(cert: str, key: str) -> Iterator[int]:
    """Accept one TLS connection; yield the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            client, _address = listener.accept()
            try:
                context.wrap_socket(client, server_side=True).close()
            except OSError:
                client.close()

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize(("days", "is_healthy"), [(6, False), (60, True)])
def test_a_certificate_that_expires_soon_is_reported(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    is_healthy: bool,
) -> None:
    cert, key = certificate(tmp_path, days)
    monkeypatch.setenv("SSL_CERT_FILE", cert)  # trusted by OpenSSL
    with tls_server(cert, key) as port:
        settings.HTTPS, settings.SITE_URL = True, f"https://localhost:{port}"
        health_checks.refresh_certificate()
    assert run_check("certificate").is_healthy == is_healthy
    assert run_check("certificate").message.startswith(f"it expires in {days - 1} d 23 h")


@pytest.mark.slow
def test_a_certificate_that_browsers_reject_is_reported(settings: Settings, tmp_path: Path) -> None:
    with tls_server(*certificate(tmp_path)) as port:
        settings.HTTPS, settings.SITE_URL = True, f"https://localhost:{port}"
        health_checks.refresh_certificate()
    assert not run_check("certificate").is_healthy
    assert "CERTIFICATE_VERIFY_FAILED" in run_check("certificate").message.upper()


def test_the_checks_are_in_the_metrics() -> None:
    text = Client().get("/metrics", headers=TOKEN).text
    assert 'broadsheet_is_healthy{check="database"} 1.0' in text
    assert 'broadsheet_check{check="disk"}' in text
    assert json.dumps("certificate") in text
