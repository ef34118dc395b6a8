"""Posts and their querysets."""

import datetime as dt
import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.lib import slugs
from broadsheet.lib.ids import uuid7
from broadsheet.lib.keyset import Cursor, rows_after
from broadsheet.media.models import Image
from broadsheet.posts.models.taxonomy import Authorship, Series, Tag

#: First segments of the site's own URLs; no post can have one as its slug.
RESERVED_SLUGS = frozenset(
    "admin api apple-touch-icon.png archive atom atom.xml author authors claim comments embed"
    " favicon.ico favicon.svg feed feed.json feeds fragments healthz home humans.txt invitation"
    " invite login logout media metrics newsletter page password preview profile readyz robots.txt"
    " rss rss.xml search series share signup sitemap sitemap.xml static studio tag tags theme.css"
    " verify well-known".split()
)

#: The position of posts that no one has put elsewhere: at the end of their series, by date.
SERIES_END = 1_000

#: The order of a series.
SERIES_ORDER = ("series_position", "pub_date", "id")

slug_field_validator = RegexValidator(
    rf"^{slugs.PATTERN}$", _("Use only letters, digits, hyphens and underscores.")
)


#: Range of publication dates: old enough for archives, and far enough for schedules.
EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
LATEST = dt.datetime(2999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)


def check_pub_date(at: dt.datetime) -> None:
    """Raise ValidationError for a mistyped year, which would overflow in other time zones."""
    if not EARLIEST <= at <= LATEST:
        raise ValidationError(
            _("The year must be between %(first)d and %(last)d."),
            params={"first": EARLIEST.year, "last": LATEST.year},
        )


def in_order() -> "tuple[models.Prefetch[Any], ...]":
    """Return the prefetches of the authors and tags of posts in their order."""
    return (
        models.Prefetch("authors", User.objects.order_by("authorship__position", "authorship__id")),
        models.Prefetch("tags", Tag.objects.order_by("posttag__position", "posttag__id")),
    )


class PostQuerySet(models.QuerySet["Post"]):
    """Filters and orders of posts."""

    def alive(self) -> Self:
        """Posts that are not deleted."""
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        """Deleted posts, which can be restored."""
        return self.exclude(deleted_at=None)

    def published(self) -> Self:
        """Posts in public lists."""
        return self.searchable().filter(kind=Post.Kind.POST)

    def published_pages(self) -> Self:
        """Pages that search engines may index."""
        return self.searchable().filter(kind=Post.Kind.PAGE)

    def searchable(self) -> Self:
        """Posts and pages that the site's search finds."""
        return self.filter(status=Post.Status.PUBLISHED, deleted_at=None)

    def due(self, at: dt.datetime) -> Self:
        """Scheduled posts that are due at `at`."""
        return self.alive().filter(status=Post.Status.SCHEDULED, pub_date__lte=at)

    def by(self, user: User) -> Self:
        """Posts that have `user` as an author."""
        return self.filter(Exists(Authorship.objects.filter(post=OuterRef("pk"), user=user)))

    def visible_to(self, user: User | None) -> Self:
        """Posts that `user`, None for anyone, can read at their URLs, listed or not."""
        if user is not None and user.is_editor:
            return self.alive()
        readable = Q(status__in=Post.READABLE)
        if user is None or not user.is_author:
            return self.alive().filter(readable)
        mine = Exists(Authorship.objects.filter(post=OuterRef("pk"), user=user))
        return self.alive().filter(readable | mine)

    def in_series_order(self) -> Self:
        """Sort like the parts of a series."""
        return self.order_by(*SERIES_ORDER)

    def newest_first(self) -> Self:
        """Sort like public lists."""
        return self.order_by("-pub_date", "-id")

    def after(self, cursor: Cursor) -> Self:
        """Posts after `cursor` in the order of `newest_first`."""
        return self.filter(rows_after(("-pub_date", "-id"), cursor))

    def tagged(self, tag: uuid.UUID, after: Cursor) -> Self:
        """Published posts with a tag after `after`, the newest first."""
        return self._along("posttag", after, posttag__tag=tag)

    def written_by(self, user: uuid.UUID, after: Cursor) -> Self:
        """Published posts of an author after `after`, the newest first."""
        return self._along("authorship", after, authorship__user=user)

    def _along(self, rows: str, after: Cursor, **of: uuid.UUID) -> Self:
        """Walk one range of the index over `listed_at` of a through model."""
        order = (f"-{rows}__listed_at", f"-{rows}__post_id")
        return self.published().filter(rows_after(order, after), **of).order_by(*order)

    def for_list(self) -> Self:
        """Fetch the columns for lists, without the texts, in three queries.

        Accessing a deferred field raises FieldFetchBlocked instead of one query per row.
        """
        return (
            self.defer("content", "html", "contents", "source_digest")
            .for_reading()
            .fetch_mode(models.FETCH_RAISE)
        )

    def for_reading(self) -> Self:
        """Fetch whole posts with their cover, series, authors and tags, in three queries."""
        return self.select_related("cover", "series").prefetch_related(*in_order())

    def get_for_update(self, pk: uuid.UUID) -> "Post":
        """Lock a post until the transaction ends; return it. Raises DoesNotExist."""
        return self.for_reading().select_for_update(of=("self",)).get(pk=pk)


class PostFacts:
    """Facts that follow from the fields of a post. The model and the read models share them."""

    __slots__ = ()

    id: Any
    slug: Any
    kind: Any
    excerpt: Any
    summary: Any
    word_count: Any
    cover: Any
    cover_alt: Any
    cover_url: Any
    status: Any
    pub_date: Any
    created_at: Any
    deleted_at: Any

    def get_absolute_url(self) -> str:
        """Return the path of the post."""
        return f"/{self.slug}"

    @property
    def is_listed(self) -> bool:
        """Whether public lists show the post. They show no pages."""
        return self.is_searchable and not self.is_page

    @property
    def is_searchable(self) -> bool:
        """Whether the site's search finds the post or page."""
        return bool(self.status == Post.Status.PUBLISHED and self.deleted_at is None)

    @property
    def is_page(self) -> bool:
        """Whether it is a page, such as About or Contact."""
        return bool(self.kind == Post.Kind.PAGE)

    @property
    def is_readable(self) -> bool:
        """Whether anyone with the URL may read the post."""
        return self.status in Post.READABLE and self.deleted_at is None

    @property
    def minutes(self) -> int:
        """Reading time in whole minutes, at 230 words a minute; at least one."""
        return max(1, round(int(self.word_count) / 230))

    @property
    def description(self) -> str:
        """One or two sentences in plain text: the author's, or the beginning of the text."""
        return str(self.excerpt or self.summary)

    @property
    def cover_src(self) -> str:
        """URL of the cover; empty without one."""
        return str(self.cover.url if self.cover else self.cover_url)

    @property
    def cover_text(self) -> str:
        """Alternative text of the cover: the post's, or else the image's."""
        return str(self.cover_alt or (self.cover.alt if self.cover else ""))

    @property
    def date(self) -> dt.datetime:
        """Date that lists sort by: that of publication, or of creation for an undated draft."""
        return self.pub_date or self.created_at  # type: ignore[no-any-return]

    @property
    def cursor(self) -> Cursor:
        """Position after which a list continues."""
        return Cursor(at=self.date, id=self.id)


class Post(PostFacts, models.Model):
    """A post or a page. Only `posts.actions` changes it. Drafts can lack a title."""

    class Kind(models.TextChoices):
        """Posts are in lists and feeds; pages, such as About, are not."""

        POST = "post", _("post")
        PAGE = "page", _("page")

    class Layout(models.TextChoices):
        """Templates that the author chooses from."""

        DEFAULT = "default", _("default")
        WIDE = "wide", _("wide")
        UNDATED = "undated", _("no dates")

    class Status(models.TextChoices):
        """Statuses of a post, which decide who can read it."""

        DRAFT = "draft", _("draft")
        SCHEDULED = "scheduled", _("scheduled")
        PUBLISHED = "published", _("published")
        UNLISTED = "unlisted", _("unlisted")
        ARCHIVED = "archived", _("archived")

    #: Statuses in which anyone with the URL can read the post. Lists show only published posts.
    READABLE: ClassVar = (Status.PUBLISHED, Status.UNLISTED, Status.ARCHIVED)

    #: Columns that decide which posts public lists show, and in which order.
    LISTED_BY: ClassVar = ("kind", "status", "deleted_at", "pub_date", "is_featured")

    #: Names of markup that rendering removed. Not stored: set only after rendering.
    dropped: tuple[str, ...] = ()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(_("title"), max_length=300, blank=True)
    subtitle = models.CharField(_("subtitle"), max_length=500, blank=True)
    slug = models.CharField(
        _("slug"), max_length=slugs.LENGTH, unique=True, validators=[slug_field_validator]
    )
    kind = models.CharField(
        _("type"),
        max_length=4,
        choices=Kind,
        default=Kind.POST,
        db_default=Kind.POST.value,
        help_text=_("Pages are not in lists and feeds. Link to them in the navigation."),
    )
    page_layout = models.CharField(
        _("layout"),
        max_length=10,
        choices=Layout,
        default=Layout.DEFAULT,
        db_default=Layout.DEFAULT.value,
    )
    content = models.TextField(_("text in Markdown"), max_length=1_000_000, blank=True)
    excerpt = models.TextField(_("excerpt"), max_length=1_000, blank=True)

    # Rendered from the content when it is saved.
    html = models.TextField(editable=False, blank=True)
    summary = models.TextField(editable=False, blank=True)
    contents = models.JSONField(editable=False, default=list)
    word_count = models.PositiveIntegerField(_("words"), editable=False, default=0)

    cover = models.ForeignKey(
        Image, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("cover")
    )
    cover_url = models.URLField(_("URL of an external cover"), max_length=1_000, blank=True)
    cover_alt = models.CharField(_("description of the cover"), max_length=500, blank=True)

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    pub_date = models.DateTimeField(_("publication date"), null=True, blank=True)
    #: Time when it first became public, here or where it was imported from. None: never.
    first_published_at = models.DateTimeField(_("first published"), null=True, editable=False)
    is_date_estimated = models.BooleanField(_("date is estimated"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    authors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Authorship", related_name="posts"
    )
    tags = models.ManyToManyField(Tag, through="PostTag", related_name="posts")
    series = models.ForeignKey(Series, models.SET_NULL, null=True, blank=True, related_name="posts")

    series_position = models.PositiveSmallIntegerField(
        _("position in the series"),
        default=SERIES_END,
        db_default=SERIES_END,
        validators=[MaxValueValidator(SERIES_END)],
        help_text=_("Posts with the same position are in the order of their dates."),
    )

    canonical_url = models.URLField(_("canonical URL"), max_length=1_000, blank=True)
    seo_title = models.CharField(_("title for search engines"), max_length=300, blank=True)
    seo_description = models.CharField(
        _("description for search engines"), max_length=1_000, blank=True
    )
    share_image_url = models.URLField(
        _("URL of the social preview image"), max_length=1_000, blank=True
    )
    language = models.CharField(_("language"), max_length=35, blank=True)
    is_featured = models.BooleanField(
        _("featured"),
        default=False,
        db_default=False,
        help_text=_("The newest featured post leads the home page."),
    )
    allows_comments = models.BooleanField(_("allow comments"), default=True)
    shows_contents = models.BooleanField(_("show a table of contents"), default=True)

    source_id = models.CharField(max_length=200, null=True, unique=True, editable=False)  # noqa: DJ001 - null, so that it can be unique
    source_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects: ClassVar = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [
            models.Index(
                fields=["-pub_date", "-id"],
                condition=Q(kind="post", status="published", deleted_at=None),
                name="posts_post_listed",
            ),
            models.Index(
                fields=["-pub_date", "-id"],
                condition=Q(kind="page", status="published", deleted_at=None),
                name="posts_post_page",
            ),
            models.Index(
                fields=["-pub_date", "-id"],
                condition=Q(kind="post", status="published", deleted_at=None, is_featured=True),
                name="posts_post_featured",
            ),
            models.Index(
                fields=["series", "series_position", "pub_date"], name="posts_post_series_order"
            ),
            models.Index(fields=["-updated_at", "-id"], name="posts_post_latest_work"),
            models.Index(Lower("title"), "id", name="posts_post_by_title"),
            models.Index(
                fields=["-updated_at", "-id"],
                condition=Q(kind="page"),
                name="posts_post_latest_pages",
            ),
            *(
                models.Index(
                    fields=["-id"],
                    condition=Q(status=status, deleted_at=None),
                    name=f"posts_post_{status}",
                )
                for status in ("draft", "scheduled", "unlisted", "archived")
            ),
            models.Index(
                fields=["-id"], condition=Q(deleted_at__isnull=False), name="posts_post_deleted"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["post", "page"]), name="posts_post_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(page_layout__in=["default", "wide", "undated"]),
                name="posts_post_page_layout_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "scheduled", "published", "unlisted", "archived"]),
                name="posts_post_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(pub_date__isnull=False),
                name="posts_post_has_a_date_once_it_leaves_draft",
            ),
            models.CheckConstraint(condition=~Q(slug=""), name="posts_post_has_a_slug"),
            models.CheckConstraint(condition=Q(version__gte=1), name="posts_post_version_counts"),
        ]

    def __str__(self) -> str:
        return self.title or self.slug

    @property
    def author_ids(self) -> set[uuid.UUID]:
        """Ids of the authors. `for_list()` and `for_reading()` have fetched them."""
        return {author.pk for author in self.authors.all()}
