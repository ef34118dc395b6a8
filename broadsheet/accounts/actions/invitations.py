"""Who comes in: invitations, and the role a new account gets."""

import datetime as dt
import secrets

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts import policy
from broadsheet.accounts.models import Invitation, Registration, Role, User, digest

INVITATION_LIFE = dt.timedelta(days=14)


@transaction.atomic
def invite(*, by: User, email: str = "", role: str = Role.AUTHOR) -> tuple[Invitation, str]:
    """Return an invitation and its secret, which is shown once and opens `/signup?invitation=`.

    Raises ValidationError.
    """
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
    if not secret:
        return None
    found = Invitation.objects.filter(digest=digest(secret)).first()
    return found if found is not None and found.is_open else None


def revoke_invitation(invitation: Invitation) -> None:
    """Make an invitation that nobody accepted useless at once."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()


@transaction.atomic
def admit(user: User, *, invitation: Invitation | None) -> User:
    """Give a new account its role: the invitation's, or the one new accounts have here.

    Raises PermissionDenied when nobody may register, or the invitation was used or revoked
    meanwhile. Call it in the transaction that makes the account, so that none is left behind.
    """
    if invitation is not None:
        invitation = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
        if invitation is None or not invitation.is_open:
            raise PermissionDenied(_("This invitation was used or revoked in the meantime."))
    if not policy.can_register(invitation):
        raise PermissionDenied(_("Sign-up is closed at the moment."))
    user.role = Registration.current().role if invitation is None else invitation.role
    user.save(update_fields=["role"])
    if invitation is not None:
        invitation.accepted_at, invitation.accepted_by = timezone.now(), user
        invitation.save()
    return user
