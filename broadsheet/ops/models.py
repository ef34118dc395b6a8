"""Backup history, worker heartbeats, metric samples and the CDN purge position."""

from django.db import models


class CdnPurgePosition(models.Model):
    """The position in the change log up to which the CDN was purged: a single row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField()

    class Meta:
        db_table = "ops_told"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ops_told_one_row")]

    def __str__(self) -> str:
        return str(self.position)


class Worker(models.Model):
    """A background worker and the time of its last heartbeat (see monitoring/heartbeat.py)."""

    name = models.CharField(max_length=300, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "ops_worker"

    def __str__(self) -> str:
        return self.name


class Sample(models.Model):
    """Figures by name at a point in time (see monitoring/metric_samples.py)."""

    measured_at = models.DateTimeField(db_column="at", unique=True)
    figures = models.JSONField()

    class Meta:
        db_table = "ops_sample"

    def __str__(self) -> str:
        return str(self.measured_at)


class BackupQuerySet(models.QuerySet["Backup"]):
    """Queries of the backup history."""

    def last_successful(self) -> "Backup | None":
        """Return the newest successful backup."""
        return self.filter(error="").order_by("-started_at").first()

    def last_verified(self) -> "Backup | None":
        """Return the backup that last passed a trial restore, at `verified_at`."""
        return self.exclude(verified_at=None).order_by("-verified_at").first()

    def last_failure(self) -> "Backup | None":
        """Return the last backup if it failed; None if it succeeded."""
        last = self.order_by("-started_at").first()
        return last if last is not None and last.error else None


class Backup(models.Model):
    """A finished backup: an archive of `size` bytes, or an `error` in one line."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    target = models.CharField(max_length=1000)
    name = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True)
    verified_at = models.DateTimeField(db_column="proven_at", null=True)

    objects = BackupQuerySet.as_manager()

    class Meta:
        db_table = "ops_backup"
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["-started_at"], name="ops_backup_newest")]

    def __str__(self) -> str:
        return self.error or self.name
