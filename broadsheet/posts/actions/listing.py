"""Keeping the lists and the search index in step with a post."""

import datetime as dt
from collections.abc import Iterable

from broadsheet import markup, search
from broadsheet.posts import signals
from broadsheet.posts.models import Authorship, Post, PostTag, Tag


def listed_at(post: Post) -> dt.datetime | None:
    """Return the time by which lists order the post; None while they do not show it."""
    return post.pub_date if post.is_listed else None


def document(post: Post, text: str, tags: Iterable[Tag]) -> search.Document:
    """Return what the search index keeps of a post whose plain text is `text`."""
    body = f"{post.subtitle}\n\n{text}" if post.subtitle else text
    return search.Document(post.pk, post.title, body, " ".join(tag.name for tag in tags))


def relist(post: Post) -> None:
    """Show the post in the lists and the search, or take it out, as its status now says."""
    at = listed_at(post)
    Authorship.objects.filter(post=post.pk).update(listed_at=at)
    PostTag.objects.filter(post=post.pk).update(listed_at=at)
    if at is None:
        search.remove([post.pk])
    else:
        tags = Tag.objects.filter(posttag__post=post.pk).order_by("posttag__position")
        search.put([document(post, markup.render(post.content).text, tags)])
    signals.posts_relisted.send(Post, posts=[post.pk])
