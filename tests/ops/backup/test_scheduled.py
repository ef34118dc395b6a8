"""The daily backup is verified by a restore; old ones are deleted; owners learn of failures."""

import datetime as dt
import errno
from pathlib import Path
from typing import Any, cast

import pyrage
import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.ops.backup.archive_names import PREFIX, SUFFIXES
from broadsheet.ops.backup.retention import delete_expired, free_space, retained
from broadsheet.ops.backup.storages import FolderStorage
from broadsheet.ops.models import Backup
from tests.ops.backup import sites
from tests.ops.conftest import Load
from tests.ops.faulty_disk import FaultyDisk
from tests.ops.processes import run
from tests.postgresql import NewDatabase

_BACK_UP = """
from broadsheet.ops.backup import tasks
from broadsheet.ops.models import Backup
from broadsheet.mail.models import OutgoingMessage
tasks.back_up.func()
for row in Backup.objects.all():
    print(row.name or "none", row.verified_at is not None, row.error)
for mail in OutgoingMessage.objects.all():
    print("mail", mail.to, mail.subject, mail.text)
"""


def back_up(data: Path, **more: str) -> str:
    """Run the nightly job of the worker; return the backups and the queued emails."""
    return sites.shell(data, _BACK_UP, **more)


@pytest.mark.prove
def test_an_archive_is_verified_by_a_restore_even_if_encrypted_for_others(data: Path) -> None:
    for more in ({}, {"BROADSHEET_BACKUP_RECIPIENTS": str(_public_key())}):
        output = back_up(data, LOG_LEVEL="INFO", **more).splitlines()
        archive = max((data / "backups").iterdir())
        assert f"{archive.name} True " in output
        assert not (data / "run" / "backup" / "scratch").exists()


def _public_key() -> pyrage.x25519.Recipient:
    return pyrage.x25519.Identity.generate().to_public()


@pytest.mark.slow
def test_an_archive_is_verified_by_a_restore_on_postgresql(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    data, url = tmp_path / "data", new_database()
    sites.fill(data, posts=2, DATABASE_URL=url)
    output = back_up(data, DATABASE_URL=url).splitlines()
    assert f"{sites.only(data / 'backups').name} True " in output


@pytest.mark.slow
def test_verification_fails_if_the_restored_site_renders_other_pages(data: Path) -> None:
    code = _BACK_UP.replace(
        "tasks.back_up.func()",
        "from broadsheet.ops.backup import verify\n"
        "from broadsheet.pagecache.models import Change\n"
        "from broadsheet.posts.models import Post\n"
        "verify_archive = verify.verify\n"
        "def verify_after_a_change(*arguments):\n"
        "    Post.objects.update(title='Other')\n"
        "    Change.objects.all().delete()  # otherwise the pages may differ\n"
        "    return verify_archive(*arguments)\n"
        "verify.verify = verify_after_a_change\n"
        "tasks.back_up.func()",
    )
    output = sites.shell(data, code)
    assert "False " in output
    assert "was created, but its verification failed: The restored site renders /post-" in output


@pytest.mark.slow
def test_a_backup_that_cannot_be_verified_on_a_full_disk_is_reported_to_owners(
    data: Path, tmp_path: Path
) -> None:
    disk = FaultyDisk(data, tmp_path / "switch")
    disk.fail_writes(errno.ENOSPC, at="ops/backup/verify.py verify")
    output = back_up(data, **disk.variables)
    disk.heal()
    assert disk.refused == {"ops/backup/verify.py verify"}
    reason = "was created, but its verification failed: The disk failed: No space left on device."
    assert f"False {sites.only(data / 'backups').name} {reason}" in output
    assert "mail olivia@example.org The backup failed" in output
    assert list((data / "run" / "backup").iterdir()) == [data / "run" / "backup" / "lock"]
    assert " True " in back_up(data, **disk.variables)


@pytest.mark.slow
def test_a_failed_backup_is_emailed_to_owners_and_shown_in_the_studio(
    owner: User, author: User, client: Client, data: Path
) -> None:
    output = back_up(data, BROADSHEET_BACKUP_TARGET="/proc/backups")
    assert "none False /proc/backups cannot be written" in output
    assert "olivia@example.org" in output
    assert "The backup failed" in output
    at = timezone.now()
    row = Backup.objects.create(started_at=at, finished_at=at, target="/x", error="It is <full>.")
    client.force_login(owner)
    assert (
        "There is no recent backup. It failed: It is &lt;full&gt;."
        in client.get("/studio").content.decode()
    )
    client.force_login(author)
    assert "no recent backup" not in client.get("/studio").content.decode()
    Backup.objects.create(started_at=at + dt.timedelta(1), finished_at=at, target="/x", name="ok")
    client.force_login(owner)
    assert row.error not in client.get("/studio").content.decode()


@pytest.mark.slow
def test_a_failed_backup_deletes_no_old_archives(data: Path) -> None:
    folder = data / "backups"
    folder.mkdir()
    old = [f"{PREFIX}2020-01-0{day}T032000Z.tar.zst" for day in range(1, 4)]
    for name in old:
        (folder / name).write_bytes(b"old")
    (data / "broadsheet.sqlite3").rename(data / "gone")
    assert run(data, "backup").returncode == 1
    assert sorted(file.name for file in folder.iterdir()) == old


def archive_name(at: dt.datetime, end: str = ".tar.zst") -> str:
    return f"{PREFIX}{at:%Y-%m-%dT%H%M%SZ}{end}"


def test_daily_weekly_and_monthly_archives_of_two_years_are_retained() -> None:
    last = dt.datetime(2026, 11, 21, 3, 20, tzinfo=dt.UTC)
    names = [archive_name(last - dt.timedelta(days=number)) for number in range(730)]
    retained_names = retained(names, days=7, weeks=4, months=12)
    days = set(names[:7])
    weeks = {
        archive_name(dt.datetime(2026, 11, day, 3, 20, tzinfo=dt.UTC)) for day in (21, 15, 8, 1)
    }
    assert days | weeks <= retained_names
    assert archive_name(dt.datetime(2026, 10, 31, 3, 20, tzinfo=dt.UTC)) in retained_names
    assert archive_name(dt.datetime(2025, 12, 31, 3, 20, tzinfo=dt.UTC)) in retained_names
    assert archive_name(dt.datetime(2025, 11, 30, 3, 20, tzinfo=dt.UTC)) not in retained_names
    assert len(retained_names) == 7 + 2 + 11


def test_gaps_are_not_counted_and_the_newest_archive_is_always_retained() -> None:
    at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    two = [archive_name(at), archive_name(at - dt.timedelta(days=900), ".tar.zst.age")]
    assert retained(two, days=7, weeks=0, months=0) == set(two)
    assert retained(two, days=0, weeks=0, months=0) == {two[0]}
    assert retained([], days=7, weeks=4, months=12) == set()


def test_only_archives_with_a_date_in_their_name_are_deleted(tmp_path: Path) -> None:
    at = dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)
    names = [
        archive_name(at),
        archive_name(at - dt.timedelta(hours=1)),
        f"{PREFIX}before-the-move.tar.zst",
        "notes",
    ]
    for file in names:
        (tmp_path / file).touch()
    assert delete_expired(FolderStorage(tmp_path), days=1, weeks=0, months=0) == [names[1]]
    assert {file.name for file in tmp_path.iterdir()} == {names[0], *names[2:]}


def test_manual_archives_are_never_deleted_automatically(tmp_path: Path) -> None:
    at = dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)
    manual = [
        archive_name(at - dt.timedelta(days=n), f"-manual{end}") for n, end in enumerate(SUFFIXES)
    ]
    for file in [*manual, archive_name(at), archive_name(at - dt.timedelta(days=1))]:
        (tmp_path / file).touch()
    assert len(delete_expired(FolderStorage(tmp_path), days=1, weeks=0, months=0)) == 1
    assert free_space(tmp_path, least=10**18) == [], "only the newest automatic archive is left"
    assert {file.name for file in tmp_path.iterdir()} == {*manual, archive_name(at)}


def test_the_oldest_archives_are_deleted_if_the_disk_is_nearly_full(tmp_path: Path) -> None:
    at = dt.datetime(2026, 3, 9, 5, tzinfo=dt.UTC)
    names = [archive_name(at - dt.timedelta(days=n)) for n in range(5)]
    for file in names:
        (tmp_path / file).touch()
    assert free_space(tmp_path, least=0) == []
    assert free_space(tmp_path, least=10**18) == names[:0:-1]
    assert [file.name for file in tmp_path.iterdir()] == names[:1]


@pytest.mark.slow
def test_a_manual_backup_is_not_deleted_by_the_nightly_one(data: Path) -> None:
    assert run(data, "backup").returncode == 0
    manual = sites.only(data / "backups")
    assert manual.name.endswith("-manual.tar.zst")
    assert back_up(data, BROADSHEET_BACKUP_KEEP="0,0,0").count("True") == 1
    assert manual.is_file()
    assert len(list((data / "backups").iterdir())) == 2


@pytest.mark.slow
def test_a_backup_does_not_fill_the_disk_of_the_site(data: Path) -> None:
    code = _BACK_UP.replace("tasks.back_up", "scheduled.MIN_FREE_BYTES = 10**18\ntasks.back_up")
    output = sites.shell(data, f"from broadsheet.ops.backup import scheduled\n{code}")
    assert "MB are free on the site's disk" in output
    assert "Set BROADSHEET_BACKUP_TARGET to another disk" in output


def test_the_backup_is_scheduled_unless_the_setting_is_never(load: Load) -> None:
    def schedules(**more: str) -> dict[str, Any]:
        options = load(**more)["TASKS"]["default"]["OPTIONS"]
        return cast("dict[str, Any]", options["SCHEDULES"])

    assert schedules()["back_up"]["cron"] == "20 3 * * *"
    assert schedules(BROADSHEET_BACKUP_AT="23:45")["back_up"]["cron"] == "45 23 * * *"
    assert "back_up" not in schedules(BROADSHEET_BACKUP_AT="never")
