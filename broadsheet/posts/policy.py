"""Permissions on posts."""

import uuid

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.accounts.policy import AnyUser, is_owner
from broadsheet.posts.models import Post, PostQuerySet
from broadsheet.posts.queries import PostSummary


def can_create(user: AnyUser) -> bool:
    """Authors, editors and owners may write."""
    return isinstance(user, User) and user.is_author


def can_edit(user: AnyUser, post: Post | PostSummary) -> bool:
    """Whether `user` is one of the authors (and still may write), or edits everybody's posts."""
    if not can_create(user) or not isinstance(user, User):
        return False
    return user.is_editor or user.pk in post.author_ids


#: Who may edit a post may publish, withdraw, delete and restore it.
can_publish = can_delete = can_edit


def can_name_authors(user: AnyUser) -> bool:
    """Editors and owners decide whose names stand over a post; authors sign with their own."""
    return isinstance(user, User) and user.is_editor


#: Only owners import archives.
can_import = is_owner


def workable(user: AnyUser) -> PostQuerySet:
    """Return the posts that `user` may edit, the deleted among them."""
    if not isinstance(user, User) or not user.is_author:
        return Post.objects.none()
    return Post.objects.all() if user.is_editor else Post.objects.by(user)


def showable(user: AnyUser) -> PostQuerySet:
    """Return the posts that lists show `user`: what is published, and what they may work on."""
    if isinstance(user, User) and user.is_editor:
        return Post.objects.alive()  # said so, an index is found for it
    return Post.objects.published() | workable(user).alive()


def get_editable(user: AnyUser, pk: uuid.UUID) -> Post:
    """Return a living post that `user` may edit.

    Raises PermissionDenied where `user` may read but not edit it (or no one is logged in), and
    Post.DoesNotExist where there is none that `user` may know of.
    """
    post = Post.objects.for_reading().filter(pk=pk).first()
    if post is None or post.deleted_at is not None or not can_edit(user, post):
        raise _refusal(post)
    return post


#: The same right under the names of what is about to be done.
get_publishable = get_deletable = get_editable


def get_restorable(user: AnyUser, pk: uuid.UUID) -> Post:
    """Return a deleted post that `user` may bring back. Raises like `get_editable`."""
    post = Post.objects.for_reading().filter(pk=pk).first()
    if post is None or post.deleted_at is None or not can_edit(user, post):
        raise _refusal(post)
    return post


def _refusal(post: Post | None) -> Exception:
    if post is not None and post.is_readable:
        return PermissionDenied(_("Only its authors and editors can change this post."))
    return Post.DoesNotExist(_("Post not found, or not yours."))
