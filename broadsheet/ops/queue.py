"""The queue of background jobs."""

from typing import Any, cast

from django.tasks import Task, TaskResult
from django.tasks.signals import task_enqueued
from django.utils import timezone
from django_ox.backend import OxBackend
from django_ox.models import OxTask
from django_ox.results import task_result_from_db

from broadsheet.lib.inserts import Insert

_add = Insert(OxTask)


class Queue(OxBackend):
    """Django-ox's, which adds a job by SQL that is written once: in half of the time."""

    def enqueue[**P, R](
        self, task: Task[P, R], args: list[Any], kwargs: dict[str, Any]
    ) -> TaskResult[P, R]:
        """Add a job, in the caller's transaction."""
        self.validate_task(task)
        job = self._row(task, args, kwargs, timezone.now())
        _add(job)
        result = cast("TaskResult[P, R]", task_result_from_db(job, task=task))
        task_enqueued.send_robust(type(self), task_result=result)
        return result
