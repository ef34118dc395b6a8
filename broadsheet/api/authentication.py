"""Bearer token authentication: `Authorization: Bearer bst_…` (RFC 6750)."""

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from broadsheet.accounts.actions import authenticate_token
from broadsheet.accounts.models import Token, User


class BearerToken(BaseAuthentication):
    """Authentication by an API token, which becomes `request.auth`. Ignores other schemes."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        """Return the user and the token. Raises AuthenticationFailed for an invalid token."""
        scheme, _space, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = authenticate_token(key.strip())
        if token is None:
            raise AuthenticationFailed(_("This token is invalid, expired or revoked."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401 response."""
        failed = ', error="invalid_token"' if "Authorization" in request.headers else ""
        return f'Bearer realm="api"{failed}'


class BearerTokenExtension(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """OpenAPI security scheme of bearer tokens."""

    target_class = BearerToken
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002 - spectacular's signature
        """Return the security scheme object."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token. Create one at `/profile/tokens`.",
        }
