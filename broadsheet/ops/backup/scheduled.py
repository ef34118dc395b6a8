"""The nightly backup: create, verify, delete expired ones; notify the owners of a failure."""

import logging
import shutil
from pathlib import Path
from typing import TypeIs

import pyrage
from django.conf import settings
from django.utils import timezone

from broadsheet.accounts.models import Role, User
from broadsheet.mail import actions as mail
from broadsheet.ops.backup import BackupError, create, retention, storages, verify
from broadsheet.ops.backup.storages import BackupStorage, FolderStorage
from broadsheet.ops.models import Backup

logger = logging.getLogger(__name__)

#: Bytes to keep free on the site's own disk by deleting old archives. A backup must leave half of
#: them in any case.
MIN_FREE_BYTES = 400_000_000


def run() -> None:
    """Create and verify a backup, and delete expired ones. Raises BackupError.

    An encrypted archive is also encrypted to a temporary key, which is never stored: it is used to
    read the archive back from its storage, and then discarded.
    """
    storage = storages.get_storage(settings.BACKUP_TARGET)
    _check_free_space(storage)
    key = pyrage.x25519.Identity.generate()
    result = create.create(storage, logger.info, extra_recipients=[key.to_public()])
    row = Backup.objects.filter(name=result.name).latest("started_at")
    try:
        pages = verify.verify(storage, result.name, [key])
    except BackupError as error:
        row.error = f"{result.name} was created, but its verification failed: {error}"
        row.save()
        raise
    if pages is None:
        logger.warning(
            "%s was read completely, but not restored: grant CREATEDB to the role.", result.name
        )
    else:
        row.verified_at = timezone.now()
        row.save()
        logger.info("%s was verified by a trial restore; %d pages were equal.", result.name, pages)
    days, weeks, months = map(int, settings.BACKUP_KEEP)
    retention.delete_expired(storage, days=days, weeks=weeks, months=months)
    if _is_on_site_disk(storage):
        deleted = retention.free_space(storage.path, least=MIN_FREE_BYTES)
        if deleted:
            logger.warning("%d old archives were deleted: the disk is nearly full.", len(deleted))


def _check_free_space(storage: BackupStorage) -> None:
    """Raise BackupError if the backup would fill the disk of the site.

    It takes a copy of the database, and an archive of about the size of the last one.
    """
    last = Backup.objects.last_successful()
    required = MIN_FREE_BYTES // 2 + 2 * (last.size if last else 0)
    free = shutil.disk_usage(settings.DATA).free
    if _is_on_site_disk(storage) and free < required:
        raise BackupError(
            f"{free // 1_000_000:,} MB are free on the site's disk, but a backup needs "
            f"{required // 1_000_000:,} MB. Set BROADSHEET_BACKUP_TARGET to another disk."
        )


def _is_on_site_disk(storage: BackupStorage) -> TypeIs[FolderStorage]:
    return isinstance(storage, FolderStorage) and storages.is_on_same_disk(
        _existing_parent(storage.path), settings.DATA
    )


def _existing_parent(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def notify_owners(error: BackupError) -> None:
    """Mail the owners that the backup failed."""
    text = (
        f"The backup of {settings.SITE_URL} failed:\n\n{error}\n\n"
        "Run `broadsheet backup` to create one now. `broadsheet backups` lists existing ones.\n"
    )
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).exclude(email=""):
        mail.send(to=owner.email, subject="The backup failed", text=text)
