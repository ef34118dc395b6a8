"""Actions on accounts, such as `accounts.actions.invite(by=owner)`."""

from broadsheet.accounts.actions.email import (
    change_email,
    mark_email_verified,
    request_email_change,
)
from broadsheet.accounts.actions.invitations import find_invitation, invite, revoke_invitation
from broadsheet.accounts.actions.profile import (
    ProfileFields,
    edit_profile,
    remove_avatar,
    set_avatar,
    store_avatar,
)
from broadsheet.accounts.actions.registration import complete_signup, set_registration
from broadsheet.accounts.actions.roles import change_role, deactivate, reactivate
from broadsheet.accounts.actions.tokens import authenticate_token, create_token, revoke_token

__all__ = [
    "ProfileFields",
    "authenticate_token",
    "change_email",
    "change_role",
    "complete_signup",
    "create_token",
    "deactivate",
    "edit_profile",
    "find_invitation",
    "invite",
    "mark_email_verified",
    "reactivate",
    "remove_avatar",
    "request_email_change",
    "revoke_invitation",
    "revoke_token",
    "set_avatar",
    "set_registration",
    "store_avatar",
]
