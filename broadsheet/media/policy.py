"""Who may do what with images."""

from django.contrib.auth.models import AnonymousUser

from broadsheet.accounts.models import User
from broadsheet.media.models import Image


def can_upload(user: User | AnonymousUser) -> bool:
    """Who may write may upload."""
    return isinstance(user, User) and user.is_author


def can_delete(user: User | AnonymousUser, image: Image) -> bool:
    """Their own, and editors everybody's."""
    return can_upload(user) and isinstance(user, User) and (user.is_editor or image.owner == user)
