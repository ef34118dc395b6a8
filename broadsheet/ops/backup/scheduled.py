"""The nightly backup: made, proven, and old ones removed; when it fails, the owners hear of it."""

import logging

import pyrage
from django.conf import settings
from django.utils import timezone

from broadsheet.accounts.models import Role, User
from broadsheet.accounts.tasks import send_mail
from broadsheet.ops.backup import proof, recorded, retention, target
from broadsheet.ops.backup.failure import Failure
from broadsheet.ops.models import Backup

logger = logging.getLogger(__name__)


def run() -> None:
    """Make a backup, prove it, and remove those that are kept no longer. Raises Failure.

    An archive that is encrypted is encrypted to one key more, which nobody ever stores: with it the
    archive is read back from where it went, and then the key is forgotten.
    """
    place = target.place(settings.BACKUP_TARGET)
    key = pyrage.x25519.Identity.generate()
    made = recorded.make(place, logger.info, also=[key.to_public()])
    row = Backup.objects.filter(name=made.name).latest("started_at")
    try:
        pages = proof.prove(place, made.name, [key])
    except Failure as failure:
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


def tell_owners(failure: Failure) -> None:
    """Write to the owners that there is no new backup."""
    text = (
        f"The backup of {settings.SITE_URL} failed:\n\n{failure}\n\n"
        "`broadsheet backup` makes one now, `broadsheet backups` lists those that are there.\n"
    )
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).exclude(email=""):
        send_mail.enqueue(to=owner.email, subject="The backup failed", text=text, html="")
