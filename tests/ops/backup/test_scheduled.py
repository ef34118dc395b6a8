"""The daily backup: proven by a restore, old ones removed, and the owners hear when it fails."""

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

_NOW = """
from broadsheet.ops.backup import tasks
from broadsheet.ops.models import Backup
from broadsheet.mail.models import OutgoingMessage
tasks.back_up.func()
for row in Backup.objects.all():
    print(row.name or "none", row.proven_at is not None, row.error)
for mail in OutgoingMessage.objects.all():
    print("mail", mail.to, mail.subject, mail.text)
"""


def back_up(data: Path, **more: str) -> str:
    """Do what the worker does each night; return which backups there are, and mails."""
    return sites.shell(data, _NOW, **more)


@pytest.mark.slow
def test_it_is_restored_for_trial_also_if_only_others_can_open_it(data: Path) -> None:
    for more in ({}, {"BROADSHEET_BACKUP_RECIPIENTS": str(_public())}):
        output = back_up(data, LOG_LEVEL="INFO", **more).splitlines()
        archive = max((data / "backups").iterdir())
        assert f"{archive.name} True " in output
        assert not (data / "run" / "backup" / "scratch").exists()


def _public() -> pyrage.x25519.Recipient:
    return pyrage.x25519.Identity.generate().to_public()


@pytest.mark.slow
def test_on_postgresql_it_is_restored_for_trial_too(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    data, url = tmp_path / "data", new_database()
    sites.fill(data, posts=2, DATABASE_URL=url)
    output = back_up(data, DATABASE_URL=url).splitlines()
    assert f"{sites.only(data / 'backups').name} True " in output


@pytest.mark.slow
def test_a_restored_site_that_shows_other_pages_is_no_proof(data: Path) -> None:
    code = _NOW.replace(
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
def test_one_that_the_disk_does_not_take_for_a_trial_is_not_proven_and_the_owners_hear_of_it(
    data: Path, tmp_path: Path
) -> None:
    disk = FaultyDisk(data, tmp_path / "switch")
    disk.take_nothing(errno.ENOSPC, at="ops/backup/verify.py verify")
    output = back_up(data, **disk.variables)
    disk.heal()
    assert disk.refused == {"ops/backup/verify.py verify"}
    reason = "was created, but its verification failed: The disk failed: No space left on device."
    assert f"False {sites.only(data / 'backups').name} {reason}" in output
    assert "mail olivia@example.org The backup failed" in output
    assert list((data / "run" / "backup").iterdir()) == [data / "run" / "backup" / "lock"]
    assert " True " in back_up(data, **disk.variables)


@pytest.mark.slow
def test_when_it_fails_the_owners_get_a_mail_and_the_studio_says_so(
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


def test_a_failed_backup_removes_no_old_archive(data: Path) -> None:
    folder = data / "backups"
    folder.mkdir()
    old = [f"{PREFIX}2020-01-0{day}T032000Z.tar.zst" for day in range(1, 4)]
    for name in old:
        (folder / name).write_bytes(b"old")
    (data / "broadsheet.sqlite3").rename(data / "gone")
    assert run(data, "backup").returncode == 1
    assert sorted(file.name for file in folder.iterdir()) == old


def name(at: dt.datetime, end: str = ".tar.zst") -> str:
    return f"{PREFIX}{at:%Y-%m-%dT%H%M%SZ}{end}"


def test_of_two_years_of_days_the_newest_of_days_weeks_and_months_stay() -> None:
    last = dt.datetime(2026, 11, 21, 3, 20, tzinfo=dt.UTC)
    names = [name(last - dt.timedelta(days=number)) for number in range(730)]
    stay = retained(names, days=7, weeks=4, months=12)
    days = set(names[:7])
    weeks = {name(dt.datetime(2026, 11, day, 3, 20, tzinfo=dt.UTC)) for day in (21, 15, 8, 1)}
    assert days | weeks <= stay
    assert name(dt.datetime(2026, 10, 31, 3, 20, tzinfo=dt.UTC)) in stay
    assert name(dt.datetime(2025, 12, 31, 3, 20, tzinfo=dt.UTC)) in stay
    assert name(dt.datetime(2025, 11, 30, 3, 20, tzinfo=dt.UTC)) not in stay
    assert len(stay) == 7 + 2 + 11


def test_gaps_do_not_count_and_the_newest_always_stays() -> None:
    at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    two = [name(at), name(at - dt.timedelta(days=900), ".tar.zst.age")]
    assert retained(two, days=7, weeks=0, months=0) == set(two)
    assert retained(two, days=0, weeks=0, months=0) == {two[0]}
    assert retained([], days=7, weeks=4, months=12) == set()


def test_tidying_touches_only_archives_whose_name_says_when(tmp_path: Path) -> None:
    at = dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)
    names = [
        name(at),
        name(at - dt.timedelta(hours=1)),
        f"{PREFIX}before-the-move.tar.zst",
        "notes",
    ]
    for file in names:
        (tmp_path / file).touch()
    assert delete_expired(FolderStorage(tmp_path), days=1, weeks=0, months=0) == [names[1]]
    assert {file.name for file in tmp_path.iterdir()} == {names[0], *names[2:]}


def test_what_was_made_by_hand_stays_until_somebody_deletes_it(tmp_path: Path) -> None:
    at = dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)
    by_hand = [name(at - dt.timedelta(days=n), f"-manual{end}") for n, end in enumerate(SUFFIXES)]
    for file in [*by_hand, name(at), name(at - dt.timedelta(days=1))]:
        (tmp_path / file).touch()
    assert len(delete_expired(FolderStorage(tmp_path), days=1, weeks=0, months=0)) == 1
    assert free_space(tmp_path, least=10**18) == [], "of those that remain one is the newest"
    assert {file.name for file in tmp_path.iterdir()} == {*by_hand, name(at)}


def test_where_the_disk_is_nearly_full_the_oldest_archives_go(tmp_path: Path) -> None:
    at = dt.datetime(2026, 3, 9, 5, tzinfo=dt.UTC)
    names = [name(at - dt.timedelta(days=n)) for n in range(5)]
    for file in names:
        (tmp_path / file).touch()
    assert free_space(tmp_path, least=0) == []
    assert free_space(tmp_path, least=10**18) == names[:0:-1]
    assert [file.name for file in tmp_path.iterdir()] == names[:1]


@pytest.mark.slow
def test_a_backup_by_hand_is_not_removed_by_the_one_at_night(data: Path) -> None:
    assert run(data, "backup").returncode == 0
    by_hand = sites.only(data / "backups")
    assert by_hand.name.endswith("-manual.tar.zst")
    assert back_up(data, BROADSHEET_BACKUP_KEEP="0,0,0").count("True") == 1
    assert by_hand.is_file()
    assert len(list((data / "backups").iterdir())) == 2


@pytest.mark.slow
def test_a_backup_does_not_fill_the_disk_of_the_site(data: Path) -> None:
    code = _NOW.replace("tasks.back_up", "scheduled.MIN_FREE_BYTES = 10**18\ntasks.back_up")
    output = sites.shell(data, f"from broadsheet.ops.backup import scheduled\n{code}")
    assert "MB are free on the site's disk" in output
    assert "Set BROADSHEET_BACKUP_TARGET to another disk" in output


def test_it_is_scheduled_unless_somebody_says_never(load: Load) -> None:
    def schedules(**more: str) -> dict[str, Any]:
        options = load(**more)["TASKS"]["default"]["OPTIONS"]
        return cast("dict[str, Any]", options["SCHEDULES"])

    assert schedules()["back_up"]["cron"] == "20 3 * * *"
    assert schedules(BROADSHEET_BACKUP_AT="23:45")["back_up"]["cron"] == "45 23 * * *"
    assert "back_up" not in schedules(BROADSHEET_BACKUP_AT="never")
