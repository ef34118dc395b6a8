"""Posts as lists show them: plain values, read in one query, or four with those who wrote them."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db.models import QuerySet

from broadsheet.lib.compiled_query import CompiledQuery, Row
from broadsheet.lib.cursor import Cursor
from broadsheet.media.models import Image
from broadsheet.pagecache.recall import Recalled
from broadsheet.posts.models.author import Author
from broadsheet.posts.models.filing import Authorship, PostTag
from broadsheet.posts.models.post import Post, reading_minutes

type Build = Callable[..., QuerySet[Any, Any]]


class Writer(NamedTuple):
    """A person as the line above a post names them."""

    id: str
    username: str
    name: str


class Subject(NamedTuple):
    """A tag or a series."""

    id: str
    slug: str
    name: str


class Cover(NamedTuple):
    """An image above a post."""

    id: str
    file: str
    width: int
    height: int
    has_variants: bool
    alt: str

    @property
    def url(self) -> str:
        """The address of the cleaned original."""
        return address_of(self.file)


def cache_tags_of(
    post: str,
    authors: Iterable[Writer | Author],
    tags: Iterable[Subject],
    cover: Cover | None,
    series: Subject | None,
) -> list[str]:
    """Return the cache tags of a post and of what is shown with it."""
    found = [f"post:{post}", *[f"user:{a.id}" for a in authors], *[f"tag:{t.id}" for t in tags]]
    if cover:
        found.append(f"image:{cover.id}")
    if series:
        found.append(f"series:{series.id}")
    return found


class Title(NamedTuple):
    """A published post by its title."""

    id: str
    slug: str
    title: str
    subtitle: str
    language: str
    pub_date: dt.datetime

    def get_absolute_url(self) -> str:
        """Return the path at which it is read."""
        return f"/{self.slug}"

    @property
    def cursor(self) -> Cursor:
        """Where a list goes on after this post."""
        return Cursor(at=self.pub_date, id=uuid.UUID(hex=self.id))


class Line(NamedTuple):
    """A post without its text, as lists show it. Identifiers are in hex digits, times in UTC."""

    id: str
    slug: str
    title: str
    subtitle: str
    excerpt: str
    summary: str
    language: str
    status: str
    pub_date: dt.datetime
    updated_at: dt.datetime
    word_count: int
    cover_url: str
    cover_alt: str
    canonical_url: str
    seo_title: str
    seo_description: str
    share_image_url: str
    allows_comments: bool
    shows_contents: bool
    cover: Cover | None
    series: Subject | None
    authors: tuple[Writer, ...]
    tags: tuple[Subject, ...]

    def get_absolute_url(self) -> str:
        """Return the path at which it is read."""
        return f"/{self.slug}"

    def cache_tags(self) -> list[str]:
        """Return the cache tags of what is shown here."""
        return cache_tags_of(self.id, self.authors, self.tags, self.cover, self.series)

    @property
    def cursor(self) -> Cursor:
        """Where a list goes on after this post."""
        return Cursor(at=self.pub_date, id=uuid.UUID(hex=self.id))

    @property
    def minutes(self) -> int:
        """How long it takes to read, in whole minutes."""
        return reading_minutes(self.word_count)

    @property
    def description(self) -> str:
        """One or two sentences in plain text: the author's, or the beginning of the text."""
        return self.excerpt or self.summary

    @property
    def cover_src(self) -> str:
        """The address of the cover; empty without one."""
        return self.cover.url if self.cover else self.cover_url


class Titles:
    """A list of titles that differs from run to run in some values; see `CompiledQuery`.

    `build` returns posts, or rows that lead to a post by `prefix`, such as `post__`.
    """

    def __init__(self, build: Build, *samples: Any, prefix: str = "") -> None:
        columns = [prefix + name for name in Title._fields]
        self._rows = CompiledQuery(lambda *values: build(*values).values_list(*columns), *samples)

    def __call__(self, *values: Any) -> list[Title]:
        """Return the list for `values`."""
        return [Title._make(row) for row in self._rows(*values)]


class Lines:
    """A list of lines, likewise: which posts, in which order, is read anew, and each post once."""

    def __init__(self, build: Build, *samples: Any, prefix: str = "") -> None:
        self._ids = CompiledQuery(
            lambda *values: build(*values).values_list(f"{prefix}id"), *samples
        )

    def __call__(self, *values: Any) -> list[Line]:
        """Return the list for `values`."""
        ids = [pk for (pk,) in self._ids(*values)]
        found = _lines_of(ids)
        return [found[pk] for pk in ids if pk in found]


_OWN = Line._fields[:-4]
_COLUMNS = (
    *_OWN,
    *(f"cover__{name}" for name in Cover._fields),
    *(f"series__{name}" for name in Subject._fields),
)


def _read(ids: Sequence[str]) -> dict[str, Line]:
    """Return the published posts among those, in three queries."""
    authors, tags = authors_of(ids), tags_of(ids)
    own, cover = len(_OWN), len(_OWN) + len(Cover._fields)
    return {
        row[0]: Line._make(
            (
                *row[:own],
                Cover._make(row[own:cover]) if row[own] else None,
                Subject._make(row[cover:]) if row[cover] else None,
                tuple(authors[row[0]]),
                tuple(tags[row[0]]),
            )
        )
        for row in _for(_rows, ids)
    }


_lines_of = Recalled("line", _read, Line.cache_tags)


#: Who wrote them is asked for so many posts at once: each number is a query of its own.
_ROOM = (1, 24, 64, 128)


def authors_of(ids: Sequence[str]) -> dict[str, list[Writer]]:
    """Return the authors of posts, in their order."""
    found: dict[str, list[Writer]] = defaultdict(list)
    for post, pk, username, name in _for(_authors, ids):
        found[post].append(Writer(pk, username, name or username))
    return found


def tags_of(ids: Sequence[str]) -> dict[str, list[Subject]]:
    """Return the tags of posts, in their order."""
    found: dict[str, list[Subject]] = defaultdict(list)
    for post, pk, slug, name in _for(_tags, ids):
        found[post].append(Subject(pk, slug, name))
    return found


def texts_of(ids: Sequence[str]) -> dict[str, tuple[str, dt.datetime]]:
    """Return the HTML of posts, and when they were changed."""
    return {pk: (html, changed_at) for pk, html, changed_at in _for(_texts, ids)}


def _for(query: Callable[[int], CompiledQuery], ids: Sequence[str]) -> list[Row]:
    if not ids:
        return []
    room = next(room for room in _ROOM if room >= len(ids))
    return query(room)(*ids, *[ids[-1]] * (room - len(ids)))


@cache
def _rows(room: int) -> CompiledQuery:
    return CompiledQuery(
        lambda *ids: Post.objects.published().filter(pk__in=ids).values_list(*_COLUMNS),
        *_samples(room),
    )


@cache
def _authors(room: int) -> CompiledQuery:
    rows = Authorship.objects.order_by("position", "id")
    columns = ("post_id", "user_id", "user__username", "user__display_name")
    return CompiledQuery(
        lambda *ids: rows.filter(post__in=ids).values_list(*columns), *_samples(room)
    )


@cache
def _tags(room: int) -> CompiledQuery:
    rows = PostTag.objects.order_by("position", "id")
    columns = ("post_id", "tag_id", "tag__slug", "tag__name")
    return CompiledQuery(
        lambda *ids: rows.filter(post__in=ids).values_list(*columns), *_samples(room)
    )


@cache
def _texts(room: int) -> CompiledQuery:
    columns = ("id", "html", "updated_at")
    return CompiledQuery(
        lambda *ids: Post.objects.filter(pk__in=ids).values_list(*columns), *_samples(room)
    )


def _samples(count: int) -> list[uuid.UUID]:
    return [uuid.UUID(int=n) for n in range(1, count + 1)]


def address_of(file: str) -> str:
    """Return the address of an image from its name in storage."""
    return str(_storage().url(file))


@cache
def _storage() -> Any:
    return Image._meta.get_field("file").storage  # noqa: SLF001 - Django's own API
