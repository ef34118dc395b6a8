"""Permissions on images."""

from django.db.models import Q, QuerySet

from broadsheet.accounts.models import User
from broadsheet.accounts.policy import AnyUser
from broadsheet.media.models import Image


def can_upload(user: AnyUser) -> bool:
    """Return whether `user` may upload images: authors, editors and owners can."""
    return isinstance(user, User) and user.is_author


def uploaded_by(user: AnyUser) -> QuerySet[Image]:
    """Return the images that `user` uploaded, including those that another user uploaded first."""
    if not isinstance(user, User):
        return Image.objects.none()
    also_uploaded = Image.uploaders.through.objects.filter(user=user).values("image")
    return Image.objects.filter(Q(owner=user) | Q(pk__in=also_uploaded))


def usable_by(user: AnyUser) -> QuerySet[Image]:
    """Return the images that `user` may use in posts: their own; editors, all."""
    if isinstance(user, User) and user.is_editor:
        return Image.objects.all()
    return uploaded_by(user)


def can_edit(user: AnyUser, image: Image) -> bool:
    """Return whether `user` may change `image`: authors, their own; editors and owners, all."""
    return can_upload(user) and isinstance(user, User) and (user.is_editor or image.owner == user)


#: Users who can change an image can also delete it.
can_delete = can_edit
