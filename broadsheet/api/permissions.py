"""What a way of coming in allows, before `policy` is asked what the person may."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from broadsheet.accounts.models import Token

if TYPE_CHECKING:  # at run time it would be a circle: views import what settings name
    from rest_framework.views import APIView


class InsufficientScope(PermissionDenied):
    """The token would have to allow more (RFC 6750, section 3.1)."""

    auth_header = 'Bearer realm="api", error="insufficient_scope", scope="write"'


class TokenAllows(BasePermission):
    """A token that may only read cannot write."""

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002 - its signature
        """Raise InsufficientScope for a write with a token for reading."""
        token = request.auth
        if (
            isinstance(token, Token)
            and request.method not in SAFE_METHODS
            and token.scope != Token.Scope.WRITE
        ):
            raise InsufficientScope(_("This token is read-only."))
        return True


class InPerson(BasePermission):
    """A person who logged in themselves: tokens cannot make tokens."""

    message = _("Log in to manage tokens. Tokens cannot manage tokens.")

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002 - its signature
        """Whether the request came by a session."""
        return request.user.is_authenticated and not isinstance(request.auth, Token)
