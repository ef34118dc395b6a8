"""Mail leaves in the background: a mail server that is slow or down keeps nobody waiting."""

import datetime as dt
import uuid

from django.tasks import TaskContext, task
from django_ox.models import OxTask

from broadsheet.mail import actions


@task(takes_context=True)
def deliver(context: "TaskContext[..., None]", message_id: str) -> None:
    """Send a message, or write it to the folder `mail` while there is no mail server."""
    is_again = context.attempt > 1
    _deliver_again(actions.deliver(uuid.UUID(message_id), is_again=is_again))


@task
def deliver_due() -> None:
    """Send what could not be sent before."""
    _deliver_again(actions.deliver_due())


def _deliver_again(at: dt.datetime | None) -> None:
    """Ask for another attempt at `at`, unless one is to be made by then."""
    if at is None:
        return
    jobs = OxTask.objects.filter(task_path=deliver_due.module_path, status=OxTask.Status.READY)
    if not jobs.exclude(run_after__gt=at).exists():
        deliver_due.using(run_after=at).enqueue()
