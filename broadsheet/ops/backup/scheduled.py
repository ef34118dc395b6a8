"""The nightly backup: made, proven, and old ones removed; when it fails, the owners hear of it."""

import logging
import shutil
from pathlib import Path
from typing import TypeIs

import pyrage
from django.conf import settings
from django.utils import timezone

from broadsheet.accounts.models import Role, User
from broadsheet.mail import actions as mail
from broadsheet.ops.backup import create, retention, storages, verify
from broadsheet.ops.backup.errors import BackupError
from broadsheet.ops.backup.history import last_backup
from broadsheet.ops.backup.storages import Folder, Place
from broadsheet.ops.models import Backup

logger = logging.getLogger(__name__)

#: Bytes that stay free on the site's own disk, for which old archives go; half of it is what a
#: backup must leave in any case.
ROOM = 400_000_000


def run() -> None:
    """Make a backup, prove it, and remove those that are kept no longer. Raises BackupError.

    An archive that is encrypted is encrypted to one key more, which nobody ever stores: with it the
    archive is read back from where it went, and then the key is forgotten.
    """
    place = storages.get_storage(settings.BACKUP_TARGET)
    _check_room(place)
    key = pyrage.x25519.Identity.generate()
    made = create.create(place, logger.info, also=[key.to_public()])
    row = Backup.objects.filter(name=made.name).latest("started_at")
    try:
        pages = verify.prove(place, made.name, [key])
    except BackupError as failure:
        row.error = f"{made.name} was made, but is no backup: {failure}"
        row.save()
        raise
    if pages is None:
        logger.warning("%s was read whole, but not loaded: give the role CREATEDB.", made.name)
    else:
        row.proven_at = timezone.now()
        row.save()
        logger.info("%s was restored for trial; %d pages were equal.", made.name, pages)
    days, weeks, months = map(int, settings.BACKUP_KEEP)
    retention.tidy(place, days=days, weeks=weeks, months=months)
    if _is_beside(place):
        gone = retention.make_room(place.path, least=ROOM)
        if gone:
            logger.warning("%d old archives were removed: the disk is nearly full.", len(gone))


def _check_room(place: Place) -> None:
    """Refuse to fill the disk that the site itself writes to. Raises BackupError.

    A backup takes the database's copy, and an archive that is about as large as the last one.
    """
    last = last_backup()
    need = ROOM // 2 + 2 * (last.size if last else 0)
    free = shutil.disk_usage(settings.DATA).free
    if _is_beside(place) and free < need:
        raise BackupError(
            f"{free // 1_000_000:,} MB are free on the site's disk, and a backup needs "
            f"{need // 1_000_000:,} MB: set BROADSHEET_BACKUP_TARGET to another place."
        )


def _is_beside(place: Place) -> TypeIs[Folder]:
    return isinstance(place, Folder) and storages.is_on_same_disk(
        _existing(place.path), settings.DATA
    )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def tell_owners(failure: BackupError) -> None:
    """Write to the owners that there is no new backup."""
    text = (
        f"The backup of {settings.SITE_URL} failed:\n\n{failure}\n\n"
        "`broadsheet backup` makes one now, `broadsheet backups` lists those that are there.\n"
    )
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).exclude(email=""):
        mail.send(to=owner.email, subject="The backup failed", text=text)
