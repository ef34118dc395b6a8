"""A post as its page shows it: plain values, read in three queries, or fewer."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from broadsheet.lib.compiled_query import CompiledQuery
from broadsheet.pagecache.recall import Recalled
from broadsheet.posts.models.author import Author
from broadsheet.posts.models.filing import Authorship
from broadsheet.posts.models.lines import Cover, Subject, cache_tags_of, tags_of
from broadsheet.posts.models.post import Post, reading_minutes


class Story(NamedTuple):
    """A readable post: published, unlisted or archived. Identifiers are in hex digits."""

    id: str
    slug: str
    title: str
    subtitle: str
    excerpt: str
    summary: str
    html: str
    contents: list[Any]
    language: str
    status: str
    version: int
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
    authors: tuple[Author, ...]
    tags: tuple[Subject, ...]

    def get_absolute_url(self) -> str:
        """Return the path at which it is read."""
        return f"/{self.slug}"

    def cache_tags(self) -> list[str]:
        """Return the cache tags of what is shown here."""
        return cache_tags_of(self.id, self.authors, self.tags, self.cover, self.series)

    @property
    def is_listed(self) -> bool:
        """Whether public lists show it."""
        return self.status == Post.Status.PUBLISHED

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

    @classmethod
    def at(cls, slug: str) -> "Story | None":
        """Return the readable post at an address."""
        rows = _story(slug)
        if not rows:
            return None
        [row] = rows
        own, cover = len(_OWN), len(_OWN) + len(Cover._fields)
        return cls._make(
            (
                *row[:own],
                Cover._make(row[own:cover]) if row[own] else None,
                Subject._make(row[cover:]) if row[cover] else None,
                *_filed([row[0]])[row[0]][1:],
            )
        )


class Filed(NamedTuple):
    """Who wrote a post, and its tags."""

    post: str
    authors: tuple[Author, ...]
    tags: tuple[Subject, ...]

    def cache_tags(self) -> list[str]:
        """Return the cache tags of the authors and tags."""
        return cache_tags_of(self.post, self.authors, self.tags, cover=None, series=None)


def _read(ids: Sequence[str]) -> dict[str, Filed]:
    tags = tags_of(ids)
    return {
        pk: Filed(pk, tuple(Author.of(author) for author in _authors(pk)), tuple(tags[pk]))
        for pk in ids
    }


_filed = Recalled("filed", _read, Filed.cache_tags)
_OWN = Story._fields[:-4]
_story = CompiledQuery(
    lambda slug: (
        Post.objects.readable()
        .filter(slug=slug)
        .values_list(
            *_OWN,
            *(f"cover__{name}" for name in Cover._fields),
            *(f"series__{name}" for name in Subject._fields),
        )
    ),
    "a-slug",
)
_authors = CompiledQuery(
    lambda post: (
        Authorship.objects.filter(post=post)
        .order_by("position", "id")
        .values_list(*(f"user__{name}" for name in Author._fields))
    ),
    uuid.UUID(int=1),
)
