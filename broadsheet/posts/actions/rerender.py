"""Rendering stored posts again, after a release that renders Markdown differently."""

import logging
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction

from broadsheet import search
from broadsheet.lib.keyset import OLDEST
from broadsheet.posts.actions.index_sync import document
from broadsheet.posts.actions.input import NewPostInput, assign_rendered, with_rendered
from broadsheet.posts.models import Post

logger = logging.getLogger(__name__)

#: The fields that rendering sets.
_RENDERED = ("html", "summary", "word_count", "contents")
_CHUNK = 100


def rerender() -> Iterator[bool]:
    """Render every post again; yield for each whether its HTML or metadata changed.

    Each post is saved in a separate transaction, so the command can be stopped and run again.
    Version and date do not change. If a post can no longer be rendered, its HTML is left unchanged
    and a warning is logged.
    """
    last = OLDEST.id
    while posts := list(Post.objects.filter(pk__gt=last).order_by("pk")[:_CHUNK]):
        for post in posts:
            yield _rerender(post)
        last = posts[-1].pk


def _rerender(post: Post) -> bool:
    try:
        post_input = with_rendered(NewPostInput(content=post.content), language=post.language)
    except ValidationError as error:
        logger.warning("Post %s was not rendered again: %s", post.pk, " ".join(error.messages))
        return False
    with transaction.atomic():
        try:
            current = Post.objects.get_for_update(post.pk)
        except Post.DoesNotExist:
            return False
        if current.content != post.content:  # saved meanwhile, and rendered then
            return False
        before = [getattr(current, name) for name in _RENDERED]
        text = assign_rendered(current, post_input["rendered"])
        if [getattr(current, name) for name in _RENDERED] == before:
            return False
        current.save(update_fields=_RENDERED)
        if current.is_searchable:
            authors, tags = current.authors.all(), current.tags.all()
            search.put([document(current, text, authors=authors, tags=tags)])
    return True
