"""Unpublished changes of posts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.ids import uuid7
from broadsheet.posts.models.post import Post


class WorkingCopy(models.Model):
    """The texts of a post as one user is changing them. Visitors never see them.

    `base_version` is the version of the post that the user began with. `number` counts the changes:
    a window that knows another number does not overwrite them.
    """

    #: The fields of a post that are saved while they are written.
    TEXTS: ClassVar = ("title", "subtitle", "content", "excerpt")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="working_copies", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    base_version = models.PositiveIntegerField(_("version"))
    number = models.PositiveIntegerField(_("number"), default=1)
    title = models.CharField(_("title"), max_length=300, blank=True)
    subtitle = models.CharField(_("subtitle"), max_length=500, blank=True)
    content = models.TextField(_("text in Markdown"), max_length=1_000_000, blank=True)
    excerpt = models.TextField(_("excerpt"), max_length=1_000, blank=True)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("working copy")
        verbose_name_plural = _("working copies")
        constraints = [
            models.UniqueConstraint(fields=["post", "user"], name="posts_workingcopy_once")
        ]

    def __str__(self) -> str:
        return self.title
