"""Roles of users, and closing their accounts."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.accounts import policy
from broadsheet.accounts.models import Role, User
from broadsheet.lib.row_locks import lock


@transaction.atomic
def change_role(user: User, role: str, *, by: User) -> User:
    """Change the role of `user`. Demoting an owner revokes the invitations they sent.

    Raises PermissionDenied for the last owner.
    """
    user = _lock_with_owners(user)
    if not policy.can_change_role(by, user):
        raise PermissionDenied(
            _("A site needs at least one owner. Make someone else an owner first.")
        )
    user.role = Role(role)
    user.save(update_fields=["role"])
    _revoke_invitations(user)
    return user


@transaction.atomic
def deactivate(user: User, *, by: User) -> User:
    """Close an account: it can no longer log in and its tokens stop working; its posts stay.

    Raises PermissionDenied for the last owner.
    """
    user = _lock_with_owners(user)
    if not policy.can_deactivate(by, user):
        raise PermissionDenied(
            _("A site needs at least one owner. Make someone else an owner first.")
        )
    user.is_active = False
    user.save(update_fields=["is_active"])
    _revoke_invitations(user)
    return user


@transaction.atomic
def reactivate(user: User, *, by: User) -> User:
    """Open a closed account again. Raises PermissionDenied."""
    user = lock(user)
    if not policy.can_manage_users(by):
        raise PermissionDenied(_("Only owners can reactivate accounts."))
    user.is_active = True
    user.save(update_fields=["is_active"])
    return user


def _revoke_invitations(user: User) -> None:
    """Revoke the open invitations of a user who can no longer invite, as a way back in."""
    if not policy.can_manage_users(user):
        user.invitations.filter(accepted_at=None).delete()


def _lock_with_owners(user: User) -> User:
    """Lock all owners, then `user`, so that the last two owners cannot leave at the same time."""
    list(User.objects.owners().select_for_update().values_list("pk", flat=True))
    return lock(user)
