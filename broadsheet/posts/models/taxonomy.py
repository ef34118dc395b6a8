"""Tags and series, and the links of posts to tags and authors."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from broadsheet.lib import slugs
from broadsheet.lib.ids import uuid7


def check_name_is_visible(name: str, field: str) -> None:
    """Raise ValidationError for `field` if `name` consists of invisible characters."""
    if slugs.is_invisible(name):
        characters = " ".join(f"U+{ord(character):04X}" for character in name[:8])
        message = gettext("This name consists of invisible characters only: %s.") % characters
        raise ValidationError({field: message})


class Tag(models.Model):
    """A tag."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=100)
    slug = models.CharField(_("slug"), max_length=slugs.LENGTH, unique=True)
    description = models.TextField(_("description"), max_length=1_000, blank=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["slug"]
        indexes = [models.Index(fields=["name"], name="posts_tag_name")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an invisible name."""
        check_name_is_visible(self.name, "name")


class Series(models.Model):
    """A series: posts that are read in order."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=200)
    slug = models.CharField(_("slug"), max_length=slugs.LENGTH, unique=True)
    description = models.TextField(_("description"), max_length=5_000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("series")
        ordering = ["slug"]
        indexes = [models.Index(fields=["name"], name="posts_series_name")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an invisible name."""
        check_name_is_visible(self.name, "name")


class OrderedLink(models.Model):
    """Abstract through model: an ordered link from a post to a tag or an author.

    `listed_at` repeats the post's publication date while public lists show the post, so that the
    page of an author or a tag is one range of one index, however long it is. Lists for members are
    sorted by the posts' ids. The constraints and indexes begin with the foreign keys, which need no
    separate indexes.
    """

    post = models.ForeignKey("posts.Post", models.CASCADE, db_index=False)
    position = models.PositiveSmallIntegerField(_("position"))
    listed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["position", "id"]


class Authorship(OrderedLink):
    """An author of a post."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False)

    class Meta(OrderedLink.Meta):
        verbose_name = _("authorship")
        verbose_name_plural = _("authorships")
        indexes = [
            models.Index(
                fields=["user", "-listed_at", "-post"],
                condition=Q(listed_at__isnull=False),
                name="posts_authorship_listed",
            ),
            models.Index(fields=["user", "-post"], name="posts_authorship_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["post", "user"], name="posts_authorship_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.post_id}"


class PostTag(OrderedLink):
    """A tag of a post."""

    tag = models.ForeignKey(Tag, models.CASCADE, db_index=False)

    class Meta(OrderedLink.Meta):
        verbose_name = _("tag of a post")
        verbose_name_plural = _("tags of posts")
        indexes = [
            models.Index(
                fields=["tag", "-listed_at", "-post"],
                condition=Q(listed_at__isnull=False),
                name="posts_posttag_listed",
            ),
            models.Index(fields=["tag", "-post"], name="posts_posttag_newest"),
        ]
        constraints = [models.UniqueConstraint(fields=["post", "tag"], name="posts_posttag_once")]

    def __str__(self) -> str:
        return f"{self.tag_id}: {self.post_id}"
