"""Errors and background work, as logs and error reports name them."""

import logging
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.tasks.signals import task_enqueued, task_finished, task_started

from broadsheet.lib import logs

logger = logging.getLogger(__name__)


def begin() -> None:
    """Add to each record of the log what is being done; report errors where SENTRY_DSN says to.

    A report holds the place in the code and the address that was asked for; no account, no
    network address, no form, cookie or variable of the program.
    """
    for handler in logging.getLogger().handlers:
        handler.addFilter(logs.Doing())
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk  # noqa: PLC0415 - for those who report, and not small

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        data_collection={
            "user_info": False,
            "cookies": {"mode": "off"},
            "http_headers": {"request": {"mode": "off"}},
            "http_bodies": [],
            "url_query_params": {"mode": "off"},
            "stack_frame_variables": False,
        },
        release=_release(),
        environment="development" if settings.DEBUG else "production",
    )


def _release() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - for those who report

    return f"broadsheet@{version('broadsheet')}"


@receiver(task_enqueued)
def _say_who_asked(task_result: Any, **_kwargs: Any) -> None:
    """Log which request or job asked for a job."""
    logger.info("Job %s (%s) is to be done.", task_result.id, task_result.task.module_path)


@receiver(task_started)
def _begin_job(task_result: Any, **_kwargs: Any) -> None:
    logs.doing.set(f"job-{task_result.id}")


@receiver(task_finished)
def _end_job(task_result: Any, **_kwargs: Any) -> None:
    logger.info(
        "Job %s (%s): %s.", task_result.id, task_result.task.module_path, task_result.status
    )
    logs.doing.set("")
