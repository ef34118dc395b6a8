"""What changes accounts."""

import datetime as dt
import secrets
from typing import Any, TypedDict, Unpack

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet import markup
from broadsheet.accounts import policy
from broadsheet.accounts.models import Invitation, Registration, Role, Token, User, digest

INVITATION_LIFE = dt.timedelta(days=14)


class Profile(TypedDict, total=False):
    """What people say of themselves."""

    display_name: str
    bio: str
    links: list[dict[str, str]]
    avatar: Any


@transaction.atomic
def edit_profile(user: User, **changes: Unpack[Profile]) -> User:
    """Change what `user` says of themselves. Raises ValidationError."""
    for field, value in changes.items():
        setattr(user, field, value)
    try:
        user.bio_html = markup.render(user.bio).html
    except markup.TooComplex as error:
        raise ValidationError({"bio": str(error)}) from error
    user.full_clean(validate_unique=False, validate_constraints=False)
    user.save()
    return user


@transaction.atomic
def invite(*, by: User, email: str = "", role: str = Role.AUTHOR) -> tuple[Invitation, str]:
    """Return an invitation and its secret, which is shown once and opens `/signup?invitation=`."""
    secret = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email,
        role=role,
        digest=digest(secret),
        invited_by=by,
        expires_at=timezone.now() + INVITATION_LIFE,
    )
    invitation.full_clean()
    invitation.save()
    return invitation, secret


def find_invitation(secret: str) -> Invitation | None:
    """Return the open invitation that `secret` belongs to."""
    found = Invitation.objects.filter(digest=digest(secret)).first()
    return found if found is not None and found.is_open else None


@transaction.atomic
def admit(user: User, *, invitation: Invitation | None) -> User:
    """Give a new account its role: the invitation's, or the one new accounts have here.

    Raises PermissionDenied when nobody may register, or the invitation was used meanwhile.
    """
    if invitation is not None:
        invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not policy.can_register(invitation):
        raise PermissionDenied(_("Nobody can sign up here at the moment."))
    user.role = Registration.current().role if invitation is None else invitation.role
    user.save()
    if invitation is not None:
        invitation.accepted_at, invitation.accepted_by = timezone.now(), user
        invitation.save()
    return user


@transaction.atomic
def change_role(person: User, role: str, *, by: User) -> User:
    """Give `person` another role. Raises PermissionDenied for the last owner."""
    if not policy.can_change_role(by, person):
        raise PermissionDenied(_("The last owner of a site stays its owner."))
    person.role = Role(role)
    person.save(update_fields=["role"])
    return person


@transaction.atomic
def set_registration(*, mode: str, role: str) -> Registration:
    """Say who may sign up, and as what. Raises ValidationError."""
    registration = Registration(mode=mode, role=role)
    registration.full_clean(validate_unique=False)
    registration.save()
    return registration


@transaction.atomic
def create_token(
    user: User, *, name: str, scope: str, expires_at: dt.datetime | None
) -> tuple[Token, str]:
    """Return a token and its key, which is shown this once. Raises ValidationError."""
    key = Token.new_key()
    token = Token(
        user=user, name=name, scope=scope, digest=digest(key), hint=key[:8], expires_at=expires_at
    )
    token.full_clean()
    token.save()
    return token, key


def revoke_token(token: Token) -> None:
    """Make a token useless at once."""
    token.delete()


def authenticate_token(key: str) -> Token | None:
    """Return the valid token that `key` belongs to, and note the day of its use."""
    token = Token.objects.select_related("user").filter(digest=digest(key)).first()
    if token is None or not token.is_valid(timezone.now()):
        return None
    today = timezone.now().date()
    if token.last_used_on != today:  # once a day, so that reading does not mean writing
        Token.objects.filter(pk=token.pk).update(last_used_on=today)
    return token
