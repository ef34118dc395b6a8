"""Delivery of mail in the background, so that no request waits for a slow mail server."""

import datetime as dt
import uuid

from django.tasks import TaskContext, task
from django_ox.models import OxTask

from broadsheet.mail import actions


@task(takes_context=True)
def deliver(context: "TaskContext[..., None]", message_id: str) -> None:
    """Send a message, or write it to the folder `mail` if no mail server is configured."""
    is_retry = context.attempt > 1
    _schedule_retry(actions.deliver(uuid.UUID(message_id), is_retry=is_retry))


@task
def deliver_due() -> None:
    """Try again to send the messages that are due."""
    _schedule_retry(actions.deliver_due())


def _schedule_retry(at: dt.datetime | None) -> None:
    """Enqueue another attempt at `at`, unless one is scheduled by then."""
    if at is None:
        return
    jobs = OxTask.objects.filter(task_path=deliver_due.module_path, status=OxTask.Status.READY)
    if not jobs.exclude(run_after__gt=at).exists():
        deliver_due.using(run_after=at).enqueue()
