"""Error reports to Sentry, and the request or job ID in log records."""

import logging
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.tasks.signals import task_enqueued, task_finished, task_started

from broadsheet.lib import logs

logger = logging.getLogger(__name__)


def setup() -> None:
    """Add the request or job ID to log records; report errors to SENTRY_DSN, if set.

    A report holds the stack trace and the URL: no account, no IP address, no form, cookie or
    local variable.
    """
    for handler in logging.getLogger().handlers:
        handler.addFilter(logs.RequestIdFilter())
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk  # noqa: PLC0415 - large, and only if configured

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
    from importlib.metadata import version  # noqa: PLC0415 - only if configured

    return f"broadsheet@{version('broadsheet')}"


@receiver(task_enqueued)
def _log_enqueued(task_result: Any, **_kwargs: Any) -> None:
    """Log a new job, and by the record's ID which request or job enqueued it."""
    logger.info("Job %s (%s) is enqueued.", task_result.id, task_result.task.module_path)


@receiver(task_started)
def _set_job_id(task_result: Any, **_kwargs: Any) -> None:
    logs.request_id.set(f"job-{task_result.id}")


@receiver(task_finished)
def _log_finished(task_result: Any, **_kwargs: Any) -> None:
    logger.info(
        "Job %s (%s): %s.", task_result.id, task_result.task.module_path, task_result.status
    )
    logs.request_id.set("")
