"""Invitations: links that let one person sign up with a given role."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils import timezone

from broadsheet.accounts.models import Invitation, Role, User, hash_token

INVITATION_LIFETIME = dt.timedelta(days=14)


@transaction.atomic
def invite(*, by: User, email: str = "", role: str = Role.AUTHOR) -> tuple[Invitation, str]:
    """Return an invitation and its secret for `/signup?invitation=`, which is shown only once.

    Raises ValidationError.
    """
    secret = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email,
        role=role,
        digest=hash_token(secret),
        invited_by=by,
        expires_at=timezone.now() + INVITATION_LIFETIME,
    )
    invitation.full_clean()
    invitation.save()
    return invitation, secret


def find_invitation(secret: str) -> Invitation | None:
    """Return the open invitation with the given secret."""
    if not secret:
        return None
    invitation = Invitation.objects.filter(digest=hash_token(secret)).first()
    return invitation if invitation is not None and invitation.is_open else None


def revoke_invitation(invitation: Invitation) -> None:
    """Delete an invitation, unless it was accepted: its link stops working at once."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()
