"""Backup history: one row per finished run, successful or failed."""

from broadsheet.ops.models import Backup


def last_backup() -> Backup | None:
    """Return the newest successful backup."""
    return Backup.objects.filter(error="").order_by("-started_at").first()


def last_verified() -> Backup | None:
    """Return the backup that last passed a trial restore, at `proven_at`."""
    return Backup.objects.exclude(proven_at=None).order_by("-proven_at").first()


def last_failure() -> Backup | None:
    """Return the last backup if it failed; None if it succeeded."""
    last = Backup.objects.order_by("-started_at").first()
    return last if last is not None and last.error else None
