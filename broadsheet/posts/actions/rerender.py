"""Rendering stored posts again, after a release that renders Markdown differently."""

import logging
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction

from broadsheet import search
from broadsheet.lib.cursor import OLDEST
from broadsheet.posts.actions.fields import NewPost, render, render_ahead
from broadsheet.posts.actions.listing import document
from broadsheet.posts.models import Post

logger = logging.getLogger(__name__)

#: What rendering sets.
_RENDERED = ("html", "summary", "word_count", "contents")
_AT_A_TIME = 100


def rerender() -> Iterator[bool]:
    """Render every post again; yield for each whether that changed something.

    Each post has a transaction of its own, so this may be stopped and run again. Version and date
    stay. A post that can no longer be rendered keeps what it has, which is logged.
    """
    last = OLDEST.id
    while posts := list(Post.objects.filter(pk__gt=last).order_by("pk")[:_AT_A_TIME]):
        for post in posts:
            yield _rerender(post)
        last = posts[-1].pk


def _rerender(post: Post) -> bool:
    try:
        fields = render_ahead(NewPost(content=post.content), language=post.language)
    except ValidationError as error:
        logger.warning("Post %s was not rendered again: %s", post.pk, " ".join(error.messages))
        return False
    with transaction.atomic():
        try:
            current = Post.objects.get_for_update(post.pk)
        except Post.DoesNotExist:
            return False
        if current.content != post.content:  # saved meanwhile, and rendered for that
            return False
        before = [getattr(current, name) for name in _RENDERED]
        text = render(current, fields["rendered"])
        if [getattr(current, name) for name in _RENDERED] == before:
            return False
        current.save(update_fields=_RENDERED)
        if current.is_listed:
            authors, tags = current.authors.all(), current.tags.all()
            search.put([document(current, text, authors=authors, tags=tags)])
    return True
