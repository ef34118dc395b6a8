"""Cache tags of posts, tags, series and lists of posts."""

import datetime as dt
from collections.abc import Iterable, Iterator
from uuid import UUID

from broadsheet.accounts.cache_tags import NAMES
from broadsheet.pagecache.triggers import TagRule, watch
from broadsheet.posts.models import (
    Authorship,
    Post,
    PostTag,
    Related,
    Series,
    Tag,
)
from broadsheet.posts.queries import PostLink, PostSummary

#: The list of published posts and its order.
POSTS = "posts"

#: The list of published pages.
PAGES = "pages"


def post(pk: UUID) -> str:
    """Return the cache tag of a post: text, authors, tags, related posts and neighbours in time."""
    return f"post:{pk.hex}"


def tag(pk: UUID) -> str:
    """Return the cache tag of a tag: name and description."""
    return f"tag:{pk.hex}"


def posts_with(tag: UUID) -> str:
    """Return the cache tag of the list of posts with a tag."""
    return f"with:{tag.hex}"


def series(pk: UUID) -> str:
    """Return the cache tag of a series and of its list of posts."""
    return f"series:{pk.hex}"


def month(at: dt.datetime) -> str:
    """Return the cache tag of the posts that were published in the month (UTC) of `at`."""
    return f"month:{at.astimezone(dt.UTC):%Y-%m}"


def of_links(posts: Iterable[PostLink]) -> Iterator[str]:
    """Yield the cache tags of posts that are shown as links."""
    return (post(link.id) for link in posts)


def of_posts(posts: Iterable[PostSummary]) -> Iterator[str]:
    """Yield the cache tags of posts and of their authors, tags, covers and series."""
    for summary in posts:
        yield post(summary.id)
        yield from (f"user:{author.id.hex}" for author in summary.authors)
        yield from (tag(ref.id) for ref in summary.tags)
        if summary.cover:
            yield f"image:{summary.cover.id.hex}"
        if summary.series:
            yield series(summary.series.id)


_PUBLISHED = "{row}.status = 'published' AND {row}.deleted_at IS NULL"
LISTED = f"{{row}}.kind = 'post' AND {_PUBLISHED}"
LISTED_BY = Post.LISTED_BY
_ALL_LISTED = "kind = 'post' AND status = 'published' AND deleted_at IS NULL"
_HERE = "({row}.pub_date, {row}.id)"
_OLDER = f"(pub_date, id) < {_HERE} ORDER BY pub_date DESC, id DESC LIMIT 1"
_NEWER = f"(pub_date, id) > {_HERE} ORDER BY pub_date, id LIMIT 1"
_OF_IT = "post_id = {row}.id"

watch(
    Post,
    TagRule("post:{id}"),
    TagRule(POSTS, when=LISTED, on=LISTED_BY),
    TagRule(NAMES, when=LISTED, on=(*LISTED_BY, "series_id")),
    TagRule(PAGES, when=f"{{row}}.kind = 'page' AND {_PUBLISHED}"),
    TagRule("month:{pub_date:month}", when=LISTED),
    # Its neighbours in time.
    TagRule("post:{id}", LISTED, LISTED_BY, Post, f"{_ALL_LISTED} AND {_OLDER}"),
    TagRule("post:{id}", LISTED, LISTED_BY, Post, f"{_ALL_LISTED} AND {_NEWER}"),
    # A tag or series with a readable post has a page, listed or not.
    TagRule("series:{series_id}", on=(*LISTED_BY, "series_id", "series_position")),
    TagRule("with:{tag_id}", "", LISTED_BY, PostTag, _OF_IT),
    TagRule("by:{user_id}", "", LISTED_BY, Authorship, _OF_IT),
    # Posts that show it as related while it is listed.
    TagRule("post:{post_id}", "", LISTED_BY, Related, "other_id = {row}.id"),
)
_IS_LISTED = "{row}.listed_at IS NOT NULL"
watch(
    PostTag,
    TagRule("with:{tag_id}"),
    TagRule("post:{post_id}"),
    TagRule(NAMES, _IS_LISTED, on=("listed_at", "tag_id")),
)
watch(
    Authorship,
    TagRule("by:{user_id}"),
    TagRule("post:{post_id}"),
    TagRule(NAMES, _IS_LISTED, on=("listed_at", "user_id")),
)
watch(Tag, TagRule("tag:{id}"), TagRule(NAMES))
watch(Series, TagRule("series:{id}"), TagRule(NAMES))
watch(Related, TagRule("post:{post_id}"))
