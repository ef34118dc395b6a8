"""The nightly backup as a background job."""

import logging

from django.tasks import task

from broadsheet.ops.backup import BackupError

logger = logging.getLogger(__name__)


@task
def back_up() -> None:
    """Create and verify a backup; on failure notify the owners, and try again the next night."""
    from broadsheet.ops.backup import scheduled  # noqa: PLC0415 - loads age and zstd, once a day

    try:
        scheduled.run()
    except BackupError as error:
        logger.error("The backup failed: %s", error)  # noqa: TRY400 - the message is complete
        scheduled.notify_owners(error)
