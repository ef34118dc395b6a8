"""Permissions on accounts."""

import time

from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches

from broadsheet.accounts.models import Invitation, Registration, User

type AnyUser = User | AnonymousUser

#: Maximum of images that a user may upload by forms per minute: the most expensive requests.
IMAGES_PER_MINUTE = 30


def is_claimed() -> bool:
    """Return whether the site has an owner. Until then only the setup link creates accounts."""
    return User.objects.owners().exists()


def is_owner(user: AnyUser) -> bool:
    """Return whether `user` is an owner of the site."""
    return isinstance(user, User) and user.is_owner


#: Owners invite users, change roles and set who can sign up.
can_manage_users = is_owner


def can_register(invitation: Invitation | None) -> bool:
    """Return whether sign-up is possible: for anyone if open; unless closed, with an invitation."""
    if not is_claimed():
        return False
    mode = Registration.current().mode
    if mode == Registration.Mode.OPEN:
        return True
    is_invited = invitation is not None and invitation.is_open
    return is_invited and mode == Registration.Mode.INVITATION


def can_change_role(user: AnyUser, target: User) -> bool:
    """Return whether `user` may change `target`'s role: owners can, except the last owner's."""
    return is_owner(user) and not _is_last_owner(target)


def can_deactivate(user: AnyUser, target: User) -> bool:
    """Return whether `user` may close the account: their own; owners, any but the last owner's."""
    return (is_owner(user) or user.pk == target.pk) and not _is_last_owner(target)


def _is_last_owner(user: User) -> bool:
    return user.is_owner and not User.objects.owners().exclude(pk=user.pk).exists()


def consume_image_quota(user: User) -> bool:
    """Count one more image; return whether `user` is within the limit per minute."""
    key = f"images:{user.pk}:{int(time.time() // 60)}"
    counts = caches["throttle"]
    counts.add(key, 0, 120)
    return counts.incr(key) <= IMAGES_PER_MINUTE
