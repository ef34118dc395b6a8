"""How a program says in whose name it comes: `Authorization: Bearer bst_…` (RFC 6750)."""

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from broadsheet.accounts.actions import authenticate_token
from broadsheet.accounts.models import Token, User


class BearerToken(BaseAuthentication):
    """A token of `accounts`, as `request.auth`; other schemes are left to others."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        """Return the token's user. Raises AuthenticationFailed for a token that is not valid."""
        scheme, _space, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = authenticate_token(key.strip())
        if token is None:
            raise AuthenticationFailed(_("This token is invalid, expired or revoked."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that a 401 carries."""
        failed = ', error="invalid_token"' if "Authorization" in request.headers else ""
        return f'Bearer realm="api"{failed}'


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The same, for the OpenAPI description."""

    target_class = BearerToken
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002 - spectacular's signature
        """Return the security scheme object."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token. Create one at `/profile/tokens`.",
        }
