"""Hourly housekeeping: expired sessions and old jobs are deleted."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string
from django_ox.models import OxTask

from broadsheet.ops.tasks import delete_expired_sessions, hourly_cleanup

pytestmark = pytest.mark.django_db


def create_session(key: str, days: int) -> None:
    at = timezone.now() + dt.timedelta(days=days)
    Session.objects.create(session_key=key, session_data="", expire_date=at)


def test_expired_sessions_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadsheet.ops.tasks.BATCH_SIZE", 2)
    for number in range(5):
        create_session(f"ended{number}", -1)
    create_session("open", 1)
    assert delete_expired_sessions() == 5
    assert Session.objects.get().session_key == "open"


def create_job(days: int, status: str) -> OxTask:
    at = timezone.now() - dt.timedelta(days=days)
    return OxTask.objects.create(
        task_path="broadsheet.posts.tasks.relate",
        status=status,
        enqueued_at=at,
        finished_at=at if status != "READY" else None,
    )


def test_successful_jobs_are_deleted_after_a_week_and_failed_ones_after_a_month() -> None:
    for days, status in [(8, "SUCCESSFUL"), (31, "SUCCESSFUL"), (31, "FAILED")]:
        create_job(days, status)
    remaining = [create_job(6, "SUCCESSFUL"), create_job(8, "FAILED"), create_job(40, "READY")]
    hourly_cleanup.func()
    assert set(OxTask.objects.all()) == set(remaining)


def test_housekeeping_is_scheduled_every_hour() -> None:
    tasks: dict[str, Any] = settings.TASKS
    hourly = tasks["default"]["OPTIONS"]["SCHEDULES"]["hourly_cleanup"]
    assert import_string(hourly["task"]) is hourly_cleanup
    assert hourly["cron"].endswith(" * * * *")
    call_command("check", verbosity=0)


def test_a_job_of_an_older_release_is_run_under_its_new_name() -> None:
    assert import_string("broadsheet.ops.tasks.keep_house") is hourly_cleanup
