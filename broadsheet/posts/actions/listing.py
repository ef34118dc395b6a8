"""Keeping the lists and the search index in step with a post."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from broadsheet import markup, search
from broadsheet.accounts.models import User
from broadsheet.posts import signals
from broadsheet.posts.models import Authorship, Post, PostTag, Tag

_AT_A_TIME = 200


def listed_at(post: Post) -> dt.datetime | None:
    """Return the time by which lists order the post; None while they do not show it."""
    return post.pub_date if post.is_listed else None


def document(
    post: Post, text: str, *, authors: Iterable[User], tags: Iterable[Tag]
) -> search.Document:
    """Return what the search index keeps of a post whose plain text is `text`."""
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
    """Return the key by which the search finds what a person wrote."""
    return f"author{pk.hex}"


def tag_key(pk: UUID) -> str:
    """Return the key by which the search finds what has a tag."""
    return f"tag{pk.hex}"


def relist(post: Post) -> None:
    """Show the post in the lists and the search, or take it out, as its status now says."""
    at = listed_at(post)
    Authorship.objects.filter(post=post.pk).update(listed_at=at)
    PostTag.objects.filter(post=post.pk).update(listed_at=at)
    if at is None:
        search.remove([post.pk])
    else:
        search.put([_shown(post)])
    signals.posts_relisted.send(Post, posts=[post.pk])


def reindex() -> int:
    """Make the search index anew from all listed posts, in one transaction; return their number.

    Readers find what the old one held until it is done.
    """
    listed = Post.objects.published().for_reading().newest_first()
    with transaction.atomic():
        search.clear()
        search.put(map(_shown, listed.iterator(chunk_size=_AT_A_TIME)))
        return listed.count()


def _shown(post: Post) -> search.Document:
    """Return what the index keeps of a post as it is shown, without rendering it anew."""
    text = markup.plain(post.html)
    return document(post, text, authors=post.authors.all(), tags=post.tags.all())
