"""Permissions on posts."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User, hash_token
from broadsheet.accounts.policy import AnyUser, is_owner
from broadsheet.media.models import Image
from broadsheet.posts.models import BulkChange, ImageUse, Post, PostQuerySet, PreviewLink
from broadsheet.posts.queries import PostSummary


def can_create(user: AnyUser) -> bool:
    """Return whether `user` is an author, editor or owner."""
    return isinstance(user, User) and user.is_author


def can_edit(user: AnyUser, post: Post | PostSummary) -> bool:
    """Return whether `user` is an editor, or one of the authors and still has that role."""
    if not can_create(user) or not isinstance(user, User):
        return False
    return user.is_editor or user.pk in post.author_ids


#: Users who can edit a post can also publish, withdraw, delete and restore it.
can_publish = can_delete = can_edit


def can_name_authors(user: AnyUser) -> bool:
    """Return whether `user` may choose a post's authors: editors and owners can."""
    return isinstance(user, User) and user.is_editor


#: Editors and owners rename, merge and delete tags, and rename and sort series.
can_manage_tags = can_manage_series = can_name_authors

#: Only owners import archives.
can_import = is_owner


def editable_posts(user: AnyUser) -> PostQuerySet:
    """Return the posts that `user` can edit, including deleted ones."""
    if not isinstance(user, User) or not user.is_author:
        return Post.objects.none()
    return Post.objects.all() if user.is_editor else Post.objects.by(user)


def listed_posts(user: AnyUser) -> PostQuerySet:
    """Return the posts and pages that are published or that `user` can edit."""
    if isinstance(user, User) and user.is_editor:
        return Post.objects.alive()  # the same posts, but in this form databases find the index
    return Post.objects.searchable() | editable_posts(user).alive()


def get_editable(user: AnyUser, pk: uuid.UUID) -> Post:
    """Return a post that is not deleted and that `user` can edit.

    Raises PermissionDenied if `user` can only read it, and Post.DoesNotExist if there is no post
    that `user` can see.
    """
    post = Post.objects.for_reading().filter(pk=pk).first()
    if post is None or post.deleted_at is not None or not can_edit(user, post):
        raise _denial(post)
    return post


#: The same permission under the name of the caller's action.
get_publishable = get_deletable = get_editable


def get_restorable(user: AnyUser, pk: uuid.UUID) -> Post:
    """Return a deleted post that `user` can restore. Raises like `get_editable`."""
    post = Post.objects.for_reading().filter(pk=pk).first()
    if post is None or post.deleted_at is None or not can_edit(user, post):
        raise _denial(post)
    return post


def get_open_preview_link(token: str) -> PreviewLink:
    """Return the preview link with the token, if its creator can still edit its post.

    Raises PreviewLink.DoesNotExist, also for a link that is revoked or expired.
    """
    links = PreviewLink.objects.open().filter(digest=hash_token(token))
    link: PreviewLink = links.select_related("created_by").get()
    post = Post.objects.for_reading().get(pk=link.post_id)
    if post.deleted_at is not None or not can_edit(link.created_by, post):
        raise PreviewLink.DoesNotExist
    return link


def _denial(post: Post | None) -> Exception:
    if post is not None and post.is_readable:
        return PermissionDenied(_("Only its authors and editors can change this post."))
    return Post.DoesNotExist(_("Post not found, or not yours."))


def get_bulk_change(user: AnyUser, pk: uuid.UUID) -> BulkChange:
    """Return a bulk change that `user` has requested. Raises BulkChange.DoesNotExist."""
    return BulkChange.objects.select_related("user").get(pk=pk, user=user.pk)


def listed_image_uses(user: AnyUser, image: Image) -> QuerySet[ImageUse]:
    """Return the current uses of `image` in posts whose titles `user` may see."""
    posts = Post.objects.published() | editable_posts(user)
    uses = ImageUse.objects.filter(image=image, is_current=True, post__in=posts.values("pk"))
    return uses.select_related("post").order_by("-post__updated_at", "-post")
