"""Saved versions of posts."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.ids import uuid7
from broadsheet.posts.models.post import Post

#: Filters of the history, by name.
REVISION_FILTERS = {"published": models.Q(kind="published"), "named": models.Q(name__gt="")}


class Revision(models.Model):
    """A saved version of a post; `number` is the version."""

    class Kind(models.TextChoices):
        """How a version came about. Autosaves of one session share one revision."""

        AUTOSAVE = "autosave", _("autosaved")
        SAVED = "saved", _("saved")
        PUBLISHED = "published", _("published")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=300, blank=True)
    subtitle = models.CharField(_("subtitle"), max_length=500, blank=True)
    content = models.TextField(_("text"), blank=True)
    fields = models.JSONField(_("everything else"), default=dict)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind, default=Kind.SAVED, db_default=Kind.SAVED
    )
    name = models.CharField(_("name"), max_length=100, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["post", "number"], name="posts_revision_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"
