"""Who may do what with accounts."""

import time

from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches

from broadsheet.accounts.models import Invitation, Registration, User

type Visitor = User | AnonymousUser

#: Images that somebody may send by forms in a minute. Nothing else they ask for costs as much.
IMAGES_A_MINUTE = 30


def is_claimed() -> bool:
    """Whether the site has an owner. Until then only the claim link makes accounts."""
    return User.objects.owners().exists()


def can_register(invitation: Invitation | None) -> bool:
    """Anyone where registration is open; otherwise who holds an open invitation, unless closed."""
    if not is_claimed():
        return False
    mode = Registration.current().mode
    if mode == Registration.Mode.OPEN:
        return True
    is_invited = invitation is not None and invitation.is_open
    return is_invited and mode == Registration.Mode.INVITATION


def can_manage_people(user: Visitor) -> bool:
    """Owners invite people, change roles and say who may register."""
    return isinstance(user, User) and user.is_owner


def can_change_role(user: Visitor, person: User) -> bool:
    """Owners change roles, but nobody takes the last owner away."""
    if not can_manage_people(user):
        return False
    return not person.is_owner or User.objects.owners().exclude(pk=person.pk).exists()


def can_deactivate(user: Visitor, person: User) -> bool:
    """Everybody closes their own account and owners anyone's, but the last owner's stays open."""
    if not isinstance(user, User) or not (user.is_owner or user.pk == person.pk):
        return False
    return not person.is_owner or User.objects.owners().exclude(pk=person.pk).exists()


def may_send_image(user: User) -> bool:
    """Count one more image; return whether `user` is within the limit per minute."""
    key = f"images:{user.pk}:{int(time.time() // 60)}"
    counts = caches["throttle"]
    counts.add(key, 0, 120)
    return counts.incr(key) <= IMAGES_A_MINUTE
