"""What changes accounts: `accounts.actions.invite(by=owner)` and its siblings."""

from broadsheet.accounts.actions.email import change_email, propose_email, vouch_for_email
from broadsheet.accounts.actions.invitations import (
    admit,
    find_invitation,
    invite,
    revoke_invitation,
)
from broadsheet.accounts.actions.people import (
    change_role,
    deactivate,
    reactivate,
    set_registration,
)
from broadsheet.accounts.actions.profile import edit_profile, remove_avatar, set_avatar
from broadsheet.accounts.actions.tokens import authenticate_token, create_token, revoke_token

__all__ = [
    "admit",
    "authenticate_token",
    "change_email",
    "change_role",
    "create_token",
    "deactivate",
    "edit_profile",
    "find_invitation",
    "invite",
    "propose_email",
    "reactivate",
    "remove_avatar",
    "revoke_invitation",
    "revoke_token",
    "set_avatar",
    "set_registration",
    "vouch_for_email",
]
