"""What owners do with accounts, and with the door they come through."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.accounts import policy
from broadsheet.accounts.models import Registration, Role, User


@transaction.atomic
def change_role(person: User, role: str, *, by: User) -> User:
    """Give `person` another role. Who owns the site no longer has invited nobody to it.

    Raises PermissionDenied for the last owner.
    """
    _hold_owners()
    if not policy.can_change_role(by, person):
        raise PermissionDenied(
            _("A site needs at least one owner. Make someone else an owner first.")
        )
    person.role = Role(role)
    person.save(update_fields=["role"])
    _withdraw_invitations(person)
    return person


@transaction.atomic
def deactivate(person: User, *, by: User) -> User:
    """Close an account: nobody can log in to it or use its tokens; its posts stay.

    Raises PermissionDenied for the last owner.
    """
    _hold_owners()
    if not policy.can_deactivate(by, person):
        raise PermissionDenied(
            _("A site needs at least one owner. Make someone else an owner first.")
        )
    person.is_active = False
    person.save(update_fields=["is_active"])
    _withdraw_invitations(person)
    return person


@transaction.atomic
def reactivate(person: User, *, by: User) -> User:
    """Open a closed account again. Raises PermissionDenied."""
    if not policy.can_manage_people(by):
        raise PermissionDenied(_("Only owners can reactivate accounts."))
    person.is_active = True
    person.save(update_fields=["is_active"])
    return person


@transaction.atomic
def set_registration(*, mode: str, role: str) -> Registration:
    """Say who may sign up, and as what. Raises ValidationError."""
    registration = Registration.current()
    registration.mode, registration.role = mode, role
    registration.full_clean(validate_unique=False)
    registration.save()
    return registration


def _withdraw_invitations(person: User) -> None:
    """Make the open invitations of who may not invite any more useless: one may lead back in."""
    if not policy.can_manage_people(person):
        person.invitations.filter(accepted_at=None).delete()


def _hold_owners() -> None:
    """Wait for whoever else is changing owners: two leaving at once must not both succeed."""
    list(User.objects.owners().select_for_update().values_list("pk", flat=True))
