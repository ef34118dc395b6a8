"""Deleting, and the way back."""

from django.db import transaction
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import signals
from broadsheet.posts.actions.listing import relist
from broadsheet.posts.models import Post


@transaction.atomic
def delete(post: Post, *, by: User) -> Post:
    """Take `post` away from everybody's sight. `restore` brings it back as it was."""
    post.deleted_at = timezone.now()
    post.save(update_fields=["deleted_at"])
    relist(post)
    signals.post_deleted.send(Post, post=post, by=by)
    return post


@transaction.atomic
def restore(post: Post, *, by: User) -> Post:
    """Bring a deleted post back: its text, its address, its status."""
    post.deleted_at = None
    post.save(update_fields=["deleted_at"])
    relist(post)
    signals.post_restored.send(Post, post=post, by=by)
    return post
