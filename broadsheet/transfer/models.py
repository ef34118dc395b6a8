"""Import runs, and the last imported state of posts and images."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.ids import uuid7
from broadsheet.media.models import Image
from broadsheet.posts.models import Post
from broadsheet.transfer.import_formats import IMPORT_FORMATS


class ImportRun(models.Model):
    """An import that the owner started in the browser."""

    class Status(models.TextChoices):
        """Status of a run."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    origin = models.CharField(
        _("where from"),
        max_length=10,
        choices=[(name, form.label) for name, form in IMPORT_FORMATS.items()],
        default="hashnode",
    )
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("author")
    )
    downloads_images = models.BooleanField(_("download the images"), default=True)
    fixes_encoding = models.BooleanField(_("repair wrongly decoded text"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    done = models.PositiveIntegerField(_("files done"), default=0)
    total = models.PositiveIntegerField(_("files"), default=0)
    images = models.PositiveIntegerField(_("images downloaded"), default=0, db_default=0)
    summary = models.TextField(_("summary"), blank=True)
    created_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["waiting", "running", "done", "cancelled", "failed"]
                ),
                name="transfer_importrun_status_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_origin_display()}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        """Whether the run is waiting or running."""
        return self.status in {self.Status.WAITING, self.Status.RUNNING}

    @property
    def folder(self) -> Path:
        """Folder of the uploaded files."""
        return Path(settings.DATA) / "imports" / str(self.id)

    @property
    def report(self) -> Path:
        """Path of the report."""
        return Path(settings.DATA) / "reports" / f"import-{self.id}.txt"


class ImportedPost(models.Model):
    """State of a post after its last import; if the post's version differs, it was edited since."""

    post = models.OneToOneField(Post, models.CASCADE, primary_key=True, related_name="imported")
    version = models.PositiveIntegerField()
    slug = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10)
    notes = models.JSONField(default=list)
    remote_images = models.PositiveIntegerField(default=0)
    is_garbled = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("imported post")
        verbose_name_plural = _("imported posts")

    def __str__(self) -> str:
        return str(self.post_id)


class ImportedImage(models.Model):
    """An imported image and its original URL."""

    url = models.CharField(_("URL"), db_column="address", max_length=2_000, unique=True)
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("imported image")
        verbose_name_plural = _("imported images")

    def __str__(self) -> str:
        return self.url
