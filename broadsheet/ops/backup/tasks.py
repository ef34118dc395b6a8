"""The job that makes the nightly backup."""

import logging

from django.tasks import task

from broadsheet.ops.backup.errors import BackupError

logger = logging.getLogger(__name__)


@task
def back_up() -> None:
    """Make and prove a backup; if that fails the owners hear of it, and tomorrow is another day."""
    from broadsheet.ops.backup import scheduled  # noqa: PLC0415 - age and zstd, once a day

    try:
        scheduled.run()
    except BackupError as failure:
        logger.error("The backup failed: %s", failure)  # noqa: TRY400 - it says all in one line
        scheduled.tell_owners(failure)
