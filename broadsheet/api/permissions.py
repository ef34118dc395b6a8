"""Permissions by authentication method: token scope, session. `policy` holds user permissions."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from broadsheet.accounts.models import Token

if TYPE_CHECKING:  # a cycle at run time: views import what the settings name
    from rest_framework.views import APIView


class InsufficientScopeError(PermissionDenied):
    """403: the token lacks the scope (RFC 6750, section 3.1)."""

    auth_header = 'Bearer realm="api", error="insufficient_scope", scope="write"'


class HasTokenScope(BasePermission):
    """Requires the scope *write* of a token for unsafe methods."""

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002 - its signature
        """Raise InsufficientScopeError for a write with a read-only token."""
        token = request.auth
        if (
            isinstance(token, Token)
            and request.method not in SAFE_METHODS
            and token.scope != Token.Scope.WRITE
        ):
            raise InsufficientScopeError(_("This token is read-only."))
        return True


class SessionOnly(BasePermission):
    """Requires a login by session: tokens cannot manage tokens."""

    message = _("Log in to manage tokens. Tokens cannot manage tokens.")

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002 - its signature
        """Return whether the request is authenticated by a session."""
        return request.user.is_authenticated and not isinstance(request.auth, Token)
