"""/readyz: whether requests should be sent here, and what an owner should look at."""

import datetime as dt
import json
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from django_ox.models import OxTask
from pytest_django import Settings

from broadsheet.ops import preparation, readiness
from broadsheet.ops.models import Backup
from broadsheet.ops.readiness import Check
from tests.ops.deploy.test_site import certificate

pytestmark = pytest.mark.django_db
TOKEN = {"Authorization": "Bearer a-token"}


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token"


def found(name: str) -> Check:
    return next(check for check in readiness.checks() if check.name == name)


def test_a_site_that_works_is_ready() -> None:
    answer = Client(headers={"host": "10.1.2.3"}).get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert answer["Cache-Control"] == "no-store"


def test_who_has_the_token_is_told_what_was_looked_at() -> None:
    said = Client().get("/readyz", headers=TOKEN).json()["checks"]
    names = ["disk", "database", "migrations", "queue", "backup", "proof", "replica"]
    names += ["certificate"]
    assert list(said) == names
    assert said["database"] == {"is_well": True, "says": "it answers"}


def test_without_its_database_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise DatabaseError("connection refused\nby the server")

    monkeypatch.setattr(connection, "cursor", fail)
    answer = Client().get("/readyz", headers=TOKEN)
    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["checks"]["database"]["says"] == "connection refused"


def test_with_migrations_to_run_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "pending_migrations", lambda: 2)
    answer = Client().get("/readyz", headers=TOKEN)
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"]["says"] == "2 are to be run"


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
    assert (found("queue").is_well, found("queue").says) == (
        False,
        "the oldest job has waited for 3 h",
    )
    assert readiness.is_ready(readiness.checks()), "readers do not wait for it"


def backup(hours: float, **more: Any) -> Backup:
    at = timezone.now() - dt.timedelta(hours=hours)
    return Backup.objects.create(started_at=at, finished_at=at, target="/backup", **more)


def test_backups_are_looked_at(settings: Settings) -> None:
    settings.BACKUP_TARGET = ""
    assert found("backup") == Check("backup", True, "there is none")
    settings.BACKUP_TARGET = "/backup"
    assert not found("backup").is_well
    backup(50, name="one")
    assert (found("backup").is_well, found("backup").says) == (False, "the last is 2 d 2 h old")
    backup(2, name="two", proven_at=timezone.now())
    assert found("backup").is_well
    assert "ago" in found("proof").says
    backup(1, error="the disk is full")
    assert (found("backup").is_well, found("backup").says) == (False, "it failed: the disk is full")


def test_a_certificate_that_ends_soon_is_something_to_look_at(settings: Settings) -> None:
    settings.HTTPS = True
    cache.set(readiness._CERTIFICATE, timezone.now().timestamp() + 5 * 86_400 + 60)
    assert not found("certificate").is_well
    assert found("certificate").says.startswith("it holds for 5 d")
    cache.set(readiness._CERTIFICATE, timezone.now().timestamp() + 60 * 86_400)
    assert found("certificate").is_well


@pytest.fixture
def unknown(tmp_path: Path) -> Iterator[int]:
    """The port of a site whose certificate nobody has vouched for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
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


def test_the_worker_sees_the_certificate_as_readers_do(settings: Settings, unknown: int) -> None:
    settings.HTTPS, settings.SITE_URL = True, f"https://localhost:{unknown}"
    readiness.look_at_certificate()
    assert not found("certificate").is_well
    assert "CERTIFICATE_VERIFY_FAILED" in found("certificate").says.upper()


def test_it_is_all_in_the_metrics() -> None:
    text = Client().get("/metrics", headers=TOKEN).text
    assert 'broadsheet_is_well{check="database"} 1.0' in text
    assert 'broadsheet_check{check="disk"}' in text
    assert json.dumps("certificate") in text
