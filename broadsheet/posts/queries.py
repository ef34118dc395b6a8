"""Read models of posts, and the queries that build them.

A read model is an immutable value. `PostSummary.of(post)` and `PostDetail.of(post)` build one from
a row that `for_list()` or `for_reading()` fetched. The most visited pages, the home page and posts,
use compiled queries instead: for these, Django needs more time to build the SQL and the model
instances than for the rest of the page (docs/where-time-goes.md).
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, partial
from itertools import batched
from typing import Any, NamedTuple, Self

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from broadsheet.accounts.models import Role, User
from broadsheet.lib.compiled_query import CompiledQuery, Row
from broadsheet.lib.keyset import Cursor, rows_after
from broadsheet.media.models import Image
from broadsheet.posts.models import (
    Authorship,
    Post,
    PostFacts,
    PostTag,
    Related,
    Revision,
    WorkingCopy,
)

#: Users who saved a text within this time are writing it now.
WRITING_NOW = dt.timedelta(minutes=5)


class TagRef(NamedTuple):
    """A tag or a series."""

    id: uuid.UUID
    slug: str
    name: str

    @classmethod
    def of(cls, row: Any) -> Self:
        """Build the value from a `Tag` or a `Series`."""
        return cls(row.pk, row.slug, row.name)


class ProfileLink(NamedTuple):
    """A link in an author's profile."""

    label: str
    url: str


class AuthorRef(NamedTuple):
    """An author, as shown in bylines and on the author's page."""

    id: uuid.UUID
    username: str
    display_name: str
    bio_html: str
    avatar: str
    role: str
    is_active: bool
    links: tuple[ProfileLink, ...]

    @property
    def name(self) -> str:
        """Display name, or else the username."""
        return self.display_name or self.username

    @property
    def avatar_url(self) -> str:
        """URL of the picture; empty without one."""
        return _url(User, "avatar", self.avatar) if self.avatar else ""

    @property
    def is_author(self) -> bool:
        """Whether the user may write posts."""
        return self.is_active and self.role != Role.READER

    def get_absolute_url(self) -> str:
        """Return the path of the author's page."""
        return f"/@{self.username}"

    @classmethod
    def of(cls, user: User) -> Self:
        """Build the value from a `User`."""
        return cls.from_row([getattr(user, name) for name in cls._fields])

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Self:
        """Build the value from the fields of a `User`."""
        pk, username, display_name, bio_html, avatar, role, is_active, links = row
        profile_links = tuple(ProfileLink(link["label"], link["url"]) for link in links or ())
        own = pk, username, display_name, bio_html, str(avatar), role, is_active
        return cls(*own, profile_links)


class CoverImage(NamedTuple):
    """An uploaded cover."""

    id: uuid.UUID
    file: str
    width: int
    height: int
    has_variants: bool
    alt: str

    @property
    def url(self) -> str:
        """URL of the cleaned original."""
        return _url(Image, "file", self.file)

    @classmethod
    def of(cls, image: Image) -> Self:
        """Build the value from an `Image`."""
        pk, file, *others = [getattr(image, name) for name in cls._fields]
        return cls(pk, str(file), *others)


class PostLink(NamedTuple):
    """The title and URL of a published post."""

    id: uuid.UUID
    slug: str
    title: str
    subtitle: str
    language: str
    pub_date: dt.datetime

    def get_absolute_url(self) -> str:
        """Return the path of the post."""
        return f"/{self.slug}"

    @property
    def cursor(self) -> Cursor:
        """Position after which a list continues."""
        return Cursor(at=self.pub_date, id=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSummary(PostFacts):
    """A post without its text, for lists; see `PostFacts` for computed properties."""

    id: uuid.UUID
    slug: str
    kind: str
    page_layout: str
    title: str
    subtitle: str
    excerpt: str
    summary: str
    language: str
    status: str
    version: int
    pub_date: dt.datetime | None  # None only in a draft
    created_at: dt.datetime
    updated_at: dt.datetime
    deleted_at: dt.datetime | None
    is_date_estimated: bool
    source_id: str | None
    word_count: int
    cover_url: str
    cover_alt: str
    canonical_url: str
    seo_title: str
    seo_description: str
    share_image_url: str
    series_position: int
    is_featured: bool
    allows_comments: bool
    shows_contents: bool
    cover: CoverImage | None
    series: TagRef | None
    authors: tuple[AuthorRef, ...]
    tags: tuple[TagRef, ...]

    @property
    def author_ids(self) -> set[uuid.UUID]:
        """Ids of the authors."""
        return {author.id for author in self.authors}

    @classmethod
    def of(cls, post: Post) -> Self:
        """Build the value from a `Post`."""
        return cls(
            **{name: getattr(post, name) for name in _COLUMNS[cls]},
            cover=CoverImage.of(post.cover) if post.cover else None,
            series=TagRef.of(post.series) if post.series else None,
            authors=tuple(map(AuthorRef.of, post.authors.all())),
            tags=tuple(map(TagRef.of, post.tags.all())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDetail(PostSummary):
    """A post with its text, for a page."""

    content: str
    html: str
    contents: list[Any] = field(hash=False)  # for each heading: level, anchor and text


_RELATIONS = frozenset({"cover", "series", "authors", "tags"})


#: The fields of each read model that are columns of a post.
_COLUMNS: dict[type[PostSummary], tuple[str, ...]] = {
    model: tuple(own.name for own in fields(model) if own.name not in _RELATIONS)
    for model in (PostSummary, PostDetail)
}


@cache
def _storage(model: type[User | Image], name: str) -> Any:
    return model._meta.get_field(name).storage  # type: ignore[union-attr]  # noqa: SLF001 - Django's API


def _url(model: type[User | Image], name: str, file: str) -> str:
    return str(_storage(model, name).url(file))


def summaries(posts: QuerySet[Post]) -> list[PostSummary]:
    """Return the read models of `posts`, in their order, with four queries."""
    return _read(PostSummary, posts)


def details(posts: QuerySet[Post]) -> list[PostDetail]:
    """Return the read models of `posts` with their texts, in their order, with four queries."""
    return _read(PostDetail, posts)


def links(posts: QuerySet[Post]) -> list[PostLink]:
    """Return links to `posts`, in their order, with one query."""
    return [PostLink(*row) for row in posts.values_list(*PostLink._fields)]


def author(username: str) -> AuthorRef | None:
    """Return the user with the username, case-insensitively."""
    users = User.objects.alias(key=Lower("username")).filter(key=username.lower())
    row = users.values_list(*AuthorRef._fields).first()
    return AuthorRef.from_row(row) if row else None


# --- Compiled queries of the most visited pages


def newest(after: Cursor, limit: int) -> list[PostSummary]:
    """Return up to `limit` published posts after a cursor, the newest first."""
    return _build(PostSummary, _newest(limit)(after.at, after.id))


def featured() -> PostSummary | None:
    """Return the newest published post that is featured."""
    return next(iter(_build(PostSummary, _featured())), None)


def readable(slug: str) -> PostDetail | None:
    """Return the post with the slug if it is public: published, unlisted or archived."""
    return next(iter(_build(PostDetail, _readable(slug))), None)


class Neighbours(NamedTuple):
    """The published posts right after and right before another one."""

    newer: PostLink | None
    older: PostLink | None


def neighbours(of: Cursor) -> Neighbours:
    """Return the neighbours in time of the post at a cursor."""
    newer, older = (
        next((PostLink(*row) for row in query(of.at, of.id)), None) for query in (_newer, _older)
    )
    return Neighbours(newer, older)


def related(post: uuid.UUID) -> list[PostLink]:
    """Return the published posts that are related to a post, the closest first."""
    return [PostLink(*row) for row in _related(post)]


_AT, _ID = dt.datetime(2001, 1, 1, tzinfo=dt.UTC), uuid.UUID(int=1)  # sample parameters


def _select(model: type[PostSummary], posts: QuerySet[Post]) -> QuerySet[Post, Row]:
    return posts.values_list(
        *_COLUMNS[model],
        *(f"cover__{name}" for name in CoverImage._fields),
        *(f"series__{name}" for name in TagRef._fields),
    )


def _read[P: PostSummary](model: type[P], posts: QuerySet[Post]) -> list[P]:
    """Build read models of `posts`: Django builds the SQL for their ids only, so in half the time.

    The visibility of a post may change between the two queries; then both are run again.
    """
    keys = list(posts.values_list("id", "status", "deleted_at"))
    query = partial(_by_id, model)  # type: ignore[arg-type] # mypy: "a class is not hashable"
    rows = _for(query, [pk for pk, *_visibility in keys])
    read = {post.id: post for post in _build(model, rows)}
    unchanged = [
        post
        for pk, *visibility in keys
        if (post := read.get(pk)) and [post.status, post.deleted_at] == visibility
    ]
    return unchanged if len(unchanged) == len(keys) else _read(model, posts)


def _build[P: PostSummary](model: type[P], rows: list[Row]) -> list[P]:
    """Build read models from rows of `_select`."""
    columns = _COLUMNS[model]
    own, cover = len(columns), len(columns) + len(CoverImage._fields)
    ids = [row[0] for row in rows]
    authors: dict[uuid.UUID, list[AuthorRef]] = defaultdict(list)
    for post, *author_row in _for(_authors, ids):
        authors[post].append(AuthorRef.from_row(author_row))
    tags: dict[uuid.UUID, list[TagRef]] = defaultdict(list)
    for post, *tag_row in _for(_tags, ids):
        tags[post].append(TagRef(*tag_row))
    return [
        model(
            **dict(zip(columns, row, strict=False)),
            cover=CoverImage(*row[own:cover]) if row[own] else None,
            series=TagRef(*row[cover:]) if row[cover] else None,
            authors=tuple(authors[row[0]]),
            tags=tuple(tags[row[0]]),
        )
        for row in rows
    ]


def _for(query: Callable[[int], CompiledQuery], ids: list[uuid.UUID]) -> list[Row]:
    """Run a query for up to 128 ids at a time; it is compiled for four numbers of ids."""
    rows: list[Row] = []
    for batch in batched(ids, 128, strict=False):
        size = next(size for size in (1, 24, 64, 128) if size >= len(batch))
        rows += query(size)(*batch, *[batch[-1]] * (size - len(batch)))
    return rows


@cache
def _by_id(model: type[PostSummary], size: int) -> CompiledQuery:
    return CompiledQuery(
        lambda *posts: _select(model, Post.objects.filter(id__in=posts)), *_samples(size)
    )


@cache
def _newest(limit: int) -> CompiledQuery:
    return CompiledQuery(
        lambda at, pk: _select(
            PostSummary, Post.objects.published().after(Cursor(at, pk)).newest_first()[:limit]
        ),
        *(_AT, _ID),
    )


_featured = CompiledQuery(
    lambda: _select(
        PostSummary, Post.objects.published().filter(is_featured=True).newest_first()[:1]
    )
)
_readable = CompiledQuery(
    lambda slug: _select(PostDetail, Post.objects.visible_to(None).filter(slug=slug)), "a-slug"
)


@cache
def _authors(size: int) -> CompiledQuery:
    columns = ("post_id", *(f"user__{name}" for name in AuthorRef._fields))
    rows = Authorship.objects.order_by("position", "id")
    return CompiledQuery(
        lambda *posts: rows.filter(post__in=posts).values_list(*columns), *_samples(size)
    )


@cache
def _tags(size: int) -> CompiledQuery:
    columns = ("post_id", *(f"tag__{name}" for name in TagRef._fields))
    rows = PostTag.objects.order_by("position", "id")
    return CompiledQuery(
        lambda *posts: rows.filter(post__in=posts).values_list(*columns), *_samples(size)
    )


def _samples(size: int) -> list[uuid.UUID]:
    return [uuid.UUID(int=number) for number in range(1, size + 1)]


_newer = CompiledQuery(
    lambda at, pk: (
        Post.objects.published()
        .filter(rows_after(("pub_date", "id"), (at, pk)))
        .order_by("pub_date", "id")
        .values_list(*PostLink._fields)[:1]
    ),
    *(_AT, _ID),
)
_older = CompiledQuery(
    lambda at, pk: (
        Post.objects.published()
        .after(Cursor(at, pk))
        .newest_first()
        .values_list(*PostLink._fields)[:1]
    ),
    *(_AT, _ID),
)
_related = CompiledQuery(
    lambda post: (
        Related.objects.filter(
            post=post,
            other__kind=Post.Kind.POST,
            other__status=Post.Status.PUBLISHED,
            other__deleted_at=None,
        )
        .order_by("position")
        .values_list(*(f"other__{name}" for name in PostLink._fields))
    ),
    _ID,
)


def other_writers(post: Post, user: User) -> list[str]:
    """Return the names of other users who have just changed `post` or a working copy of it."""
    since = timezone.now() - WRITING_NOW
    own = WorkingCopy.objects.filter(post=post, updated_at__gt=since)
    latest = Revision.objects.filter(post=post, number__gt=post.version - 20)
    saved = latest.filter(saved_at__gt=since)
    writers = User.objects.filter(
        Q(pk__in=own.values("user")) | Q(pk__in=saved.values("saved_by"))
    ).exclude(pk=user.pk)
    return [writer.name for writer in writers.order_by("username")[:10]]
