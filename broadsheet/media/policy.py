"""Who may do what with images."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from broadsheet.accounts.models import User
from broadsheet.media.models import Image


def can_upload(user: User | AnonymousUser) -> bool:
    """Who may write may upload."""
    return isinstance(user, User) and user.is_author


def own(user: User | AnonymousUser) -> QuerySet[Image]:
    """Return the images that `user` uploaded, first or after somebody else."""
    if not isinstance(user, User):
        return Image.objects.none()
    sent = Image.uploaders.through.objects.filter(user=user).values("image")
    return Image.objects.filter(Q(owner=user) | Q(pk__in=sent))


def usable(user: User | AnonymousUser) -> QuerySet[Image]:
    """Return the images that `user` may put into posts: their own, and editors everybody's."""
    if isinstance(user, User) and user.is_editor:
        return Image.objects.all()
    return own(user)


def can_delete(user: User | AnonymousUser, image: Image) -> bool:
    """Their own, and editors everybody's."""
    return can_upload(user) and isinstance(user, User) and (user.is_editor or image.owner == user)
