"""Receivers: start and end import jobs."""

from typing import Any

from django.dispatch import receiver
from django.tasks import TaskResultStatus
from django.tasks.signals import task_finished

from broadsheet.transfer import jobs
from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.signals import import_requested
from broadsheet.transfer.tasks import carry_out


@receiver(import_requested)
def enqueue_import(run: ImportRun, **_kwargs: Any) -> None:
    """Enqueue the import job."""
    carry_out.enqueue(str(run.pk))


@receiver(task_finished)
def fail_run_after_last_attempt(task_result: Any, **_kwargs: Any) -> None:
    """Mark a run as failed after its last attempt, so that the owner can resume it."""
    is_import = task_result.task.module_path == carry_out.module_path
    if is_import and task_result.status == TaskResultStatus.FAILED:
        jobs.fail_run(task_result.args[0])
