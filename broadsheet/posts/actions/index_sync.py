"""Updates of the public lists and the search index when a post changes."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from broadsheet import markup, search
from broadsheet.accounts.models import User
from broadsheet.posts import signals
from broadsheet.posts.models import Authorship, Post, PostTag, Tag

_CHUNK = 200


def listed_at(post: Post) -> dt.datetime | None:
    """Return the time that lists sort the post by; None if no list shows it."""
    return post.pub_date if post.is_listed else None


def document(
    post: Post, text: str, *, authors: Iterable[User], tags: Iterable[Tag]
) -> search.Document:
    """Return the entry in the search index of a post whose plain text is `text`."""
    tags = list(tags)
    return search.Document(
        id=post.pk,
        title=post.title,
        subtitle=post.subtitle,
        body=text,
        tags=" ".join(tag.name for tag in tags),
        at=post.pub_date or post.created_at,
        keys=(*(author_key(a.pk) for a in authors), *(tag_key(t.pk) for t in tags)),
    )


def author_key(pk: UUID) -> str:
    """Return the key of an author's posts in the search index."""
    return f"author{pk.hex}"


def tag_key(pk: UUID) -> str:
    """Return the key of a tag's posts in the search index."""
    return f"tag{pk.hex}"


def sync_listing(post: Post) -> None:
    """Add the post to the lists and the search index, or remove it, according to its status."""
    at = listed_at(post)
    Authorship.objects.filter(post=post.pk).update(listed_at=at)
    PostTag.objects.filter(post=post.pk).update(listed_at=at)
    if post.is_searchable:
        search.put([document_of(post)])
    else:
        search.remove([post.pk])
    signals.posts_relisted.send(Post, posts=[post.pk])


def reindex() -> int:
    """Rebuild the search index from all published posts and pages in one transaction.

    Return their number. Until then, searches use the old index.
    """
    searchable = Post.objects.searchable().for_reading().newest_first()
    with transaction.atomic():
        search.clear()
        search.put(map(document_of, searchable.iterator(chunk_size=_CHUNK)))
        return searchable.count()


def document_of(post: Post) -> search.Document:
    """Return the entry of a post from its stored HTML, without rendering it again."""
    text = markup.plain_text(post.html)
    return document(post, text, authors=post.authors.all(), tags=post.tags.all())
