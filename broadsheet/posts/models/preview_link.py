"""Links with which people without an account can read a post before it is published."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.lib.ids import uuid7
from broadsheet.posts.models.post import Post


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    """Filters of preview links."""

    def open(self) -> Self:
        """Links that are neither revoked nor expired."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class PreviewLink(models.Model):
    """A link to a preview of a post, as its creator sees it. Only the token's hash is stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="preview_links")
    name = models.CharField(_("name"), max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects: ClassVar = PreviewLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name or str(self.id)

    @property
    def is_open(self) -> bool:
        """Whether the link is neither revoked nor expired."""
        return self.revoked_at is None and self.expires_at > timezone.now()
