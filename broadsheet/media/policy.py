"""Who may do what with images."""

from django.db.models import Q, QuerySet

from broadsheet.accounts.models import User
from broadsheet.accounts.policy import AnyUser
from broadsheet.media.models import Image


def can_upload(user: AnyUser) -> bool:
    """Authors, editors and owners upload images."""
    return isinstance(user, User) and user.is_author


def uploaded_by(user: AnyUser) -> QuerySet[Image]:
    """Return the images that `user` uploaded, as the first or after another user."""
    if not isinstance(user, User):
        return Image.objects.none()
    also_uploaded = Image.uploaders.through.objects.filter(user=user).values("image")
    return Image.objects.filter(Q(owner=user) | Q(pk__in=also_uploaded))


def usable_by(user: AnyUser) -> QuerySet[Image]:
    """Return the images that `user` may use in posts: their own; editors, all."""
    if isinstance(user, User) and user.is_editor:
        return Image.objects.all()
    return uploaded_by(user)


def can_delete(user: AnyUser, image: Image) -> bool:
    """Users delete their own images; editors, all."""
    return can_upload(user) and isinstance(user, User) and (user.is_editor or image.owner == user)
