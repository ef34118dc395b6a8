"""The history of backups: the last successful one, the last verified one, the last failure."""

import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone

from broadsheet.ops.models import Backup
from tests.ops.backup import sites
from tests.ops.processes import run


def create_backup(hours: int, **more: object) -> Backup:
    at = timezone.now() - dt.timedelta(hours=hours)
    return Backup.objects.create(started_at=at, finished_at=at, target="/backups", **more)


@pytest.mark.django_db
def test_without_backups_the_history_is_empty() -> None:
    assert (
        Backup.objects.last_successful(),
        Backup.objects.last_verified(),
        Backup.objects.last_failure(),
    ) == (None, None, None)


@pytest.mark.django_db
def test_the_last_backup_is_the_newest_that_succeeded() -> None:
    verified = create_backup(9, name="first", verified_at=timezone.now())
    succeeded = create_backup(5, name="second")
    failed = create_backup(1, error="The disk is full.")
    assert (
        Backup.objects.last_successful(),
        Backup.objects.last_verified(),
        Backup.objects.last_failure(),
    ) == (succeeded, verified, failed)
    again = create_backup(0, name="third")
    assert (Backup.objects.last_successful(), Backup.objects.last_failure()) == (again, None)


@pytest.mark.slow
def test_the_command_records_successes_and_failures(data: Path) -> None:
    assert run(data, "backup", "/proc/none").returncode == 1
    assert run(data, "backup").returncode == 0
    archive = sites.only(data / "backups")
    (failed, succeeded) = sites.rows(data / "broadsheet.sqlite3")["ops_backup"]
    assert failed[3:7] == (
        "/proc/none",
        "",
        0,
        "/proc/none cannot be written: No such file or directory.",
    )
    assert succeeded[3:7] == (str(data / "backups"), archive.name, archive.stat().st_size, "")
    before = sites.contents(archive.read_bytes())["database.sqlite3"]
    (data / "snapshot").write_bytes(before)
    assert len(sites.rows(data / "snapshot")["ops_backup"]) == 1, (
        "the running backup is not in its own archive"
    )
