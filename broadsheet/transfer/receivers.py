"""What this room does when there is news of imports."""

from typing import Any

from django.dispatch import receiver
from django.tasks import TaskResultStatus
from django.tasks.signals import task_finished

from broadsheet.transfer import runs
from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.signals import import_asked_for
from broadsheet.transfer.tasks import carry_out


@receiver(import_asked_for)
def import_in_the_background(run: ImportRun, **_news: Any) -> None:
    """Hand the import to a worker."""
    carry_out.enqueue(str(run.pk))


@receiver(task_finished)
def end_with_the_last_attempt(task_result: Any, **_news: Any) -> None:
    """Let the owner go on with an import whose job is not tried again."""
    is_ours = task_result.task.module_path == carry_out.module_path
    if is_ours and task_result.status == TaskResultStatus.FAILED:
        runs.give_up(task_result.args[0])
