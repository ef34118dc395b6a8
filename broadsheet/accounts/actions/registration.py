"""Sign-up: who can sign up, and the role of new accounts."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts import policy
from broadsheet.accounts.models import Invitation, Registration, User


@transaction.atomic
def set_registration(*, mode: str, role: str) -> Registration:
    """Set who can sign up, and the role of new accounts. Raises ValidationError."""
    row = Registration.objects.select_for_update().filter(id=1).first()
    registration = row or Registration()
    registration.mode, registration.role = mode, role
    registration.full_clean(validate_unique=False)
    registration.save()
    return registration


@transaction.atomic
def complete_signup(user: User, *, invitation: Invitation | None) -> User:
    """Set the role of the new account `user`: that of the invitation or of new accounts.

    Raises PermissionDenied if sign-up is closed, or the invitation was used or revoked in the
    meantime. Call it in the transaction that creates the account, so that none is left behind.
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
