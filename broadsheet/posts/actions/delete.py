"""Deleting and restoring."""

from django.db import transaction
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import signals
from broadsheet.posts.actions.announce import (
    is_public,
    mark_published,
    send_changed,
    send_published,
)
from broadsheet.posts.actions.index_sync import sync_listing
from broadsheet.posts.models import Post


@transaction.atomic
def delete(post: Post, *, by: User) -> Post:
    """Mark `post` as deleted: no one can read it. `restore` brings it back as it was."""
    post = Post.objects.get_for_update(post.pk)
    was_public = is_public(post)
    post.deleted_at = timezone.now()
    post.save(update_fields=["deleted_at"])
    sync_listing(post)
    signals.post_deleted.send(Post, post=post, by=by)
    send_changed(post, was_public=was_public, by=by)
    return post


@transaction.atomic
def restore(post: Post, *, by: User) -> Post:
    """Bring a deleted post back: its text, its slug, its status."""
    post = Post.objects.get_for_update(post.pk)
    was_public = is_public(post)
    post.deleted_at = None
    is_first = mark_published(post)  # it was published while it was deleted
    post.save(update_fields=["deleted_at", "first_published_at"])
    sync_listing(post)
    signals.post_restored.send(Post, post=post, by=by)
    if is_first:
        send_published(post, by=by)
    elif not was_public:
        send_changed(post, was_public=was_public, by=by)
    return post
