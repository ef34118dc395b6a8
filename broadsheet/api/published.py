"""The list of what is published as strangers get it: the API's most asked for, in few steps.

Its queries are written once, and each post's JSON is remembered for as long as the post's row, its
authors and its tags are what they were.
"""

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple
from urllib.parse import urljoin

from django.utils import timezone
from django.utils.encoding import iri_to_uri

from broadsheet.lib.cursor import Cursor
from broadsheet.lib.prepared import Prepared
from broadsheet.posts.models import (
    Post,
    Subject,
    Writer,
    address_of,
    authors_of,
    reading_minutes,
    tags_of,
)


class Row(NamedTuple):
    """What the list shows of a post, from its table."""

    id: str
    status: str
    title: str
    subtitle: str
    slug: str
    excerpt: str
    summary: str
    word_count: int
    cover_url: str
    cover_alt: str
    pub_date: dt.datetime
    updated_at: dt.datetime
    canonical_url: str
    seo_title: str
    seo_description: str
    share_image_url: str
    language: str
    allows_comments: bool
    shows_contents: bool
    cover: str | None
    cover__file: str | None
    series: str | None
    series__name: str | None


class Published(NamedTuple):
    """A published post with those who wrote it. Identifiers are in hex digits."""

    row: Row
    authors: tuple[Writer, ...]
    tags: tuple[Subject, ...]

    @property
    def stamps(self) -> Iterator[str]:
        """What it was made from."""
        row = self.row
        yield f"post:{row.id}"
        yield from (f"user:{author.id}" for author in self.authors)
        yield from (f"tag:{tag.id}" for tag in self.tags)
        yield from (f"image:{image}" for image in [row.cover] if image)
        yield from (f"series:{series}" for series in [row.series] if series)

    @property
    def pub_date(self) -> dt.datetime:
        """When it was published."""
        return self.row.pub_date

    @property
    def id(self) -> uuid.UUID:
        """Its identifier."""
        return uuid.UUID(hex=self.row.id)

    def shown(self, base: str) -> str:
        """Return it as JSON; `base` is the address of the site that was asked."""
        return _shown(self, base)


def published(after: Cursor, count: int) -> list[Published]:
    """Return the `count` posts that were published right before `after`, the newest first."""
    rows = [Row._make(row) for row in _rows(count)(after.at, after.id)]
    ids = [row.id for row in rows]
    authors, tags = authors_of(ids), tags_of(ids)
    return [Published(row, tuple(authors[row.id]), tuple(tags[row.id])) for row in rows]


@cache
def _rows(count: int) -> Prepared:
    return Prepared(
        lambda at, pk: (
            Post.objects.published()
            .after(Cursor(at, pk))
            .newest_first()
            .values_list(*Row._fields)[:count]
        ),
        *(dt.datetime(2001, 1, 1, tzinfo=dt.UTC), uuid.UUID(int=1)),
    )


@lru_cache(maxsize=128)
def _shown(post: Published, base: str) -> str:
    """Return what `serializers.posts.PostSummary` says to strangers."""
    row = post.row
    src = address_of(row.cover__file) if row.cover__file else row.cover_url
    said: dict[str, Any] = {
        "id": str(post.id),
        "url": base + iri_to_uri(f"/{row.slug}"),
        "status": row.status,
        "title": row.title,
        "subtitle": row.subtitle,
        "slug": row.slug,
        "excerpt": row.excerpt,
        "description": row.excerpt or row.summary,
        "word_count": row.word_count,
        "minutes": reading_minutes(row.word_count),
        "cover": row.cover and str(uuid.UUID(hex=row.cover)),
        "cover_url": row.cover_url,
        "cover_alt": row.cover_alt,
        "cover_src": iri_to_uri(urljoin(base, src)) if src else "",
        "authors": [
            {"username": a.username, "name": a.name, "url": f"{base}/@{a.username}"}
            for a in post.authors
        ],
        "tags": [tag.name for tag in post.tags],
        "series": row.series__name or "",
        "pub_date": _time(row.pub_date),
        "updated_at": _time(row.updated_at),
        "canonical_url": row.canonical_url,
        "seo_title": row.seo_title,
        "seo_description": row.seo_description,
        "share_image_url": row.share_image_url,
        "language": row.language,
        "allows_comments": row.allows_comments,
        "shows_contents": row.shows_contents,
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")  # as the framework does


def _time(at: dt.datetime) -> str:
    text = timezone.localtime(at).isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
