"""The backups that were made, and those that were not: a row for each that came to an end."""

from broadsheet.ops.models import Backup


def last_backup() -> Backup | None:
    """Return the newest backup that succeeded; `finished_at` says when, `size` is in bytes."""
    return Backup.objects.filter(error="").order_by("-started_at").first()


def last_proven() -> Backup | None:
    """Return the newest backup that was restored for trial and found equal, at `proven_at`."""
    return Backup.objects.exclude(proven_at=None).order_by("-proven_at").first()


def last_failure() -> Backup | None:
    """Return the last backup if it failed, with its `error` in one line; None if it succeeded."""
    last = Backup.objects.order_by("-started_at").first()
    return last if last is not None and last.error else None
