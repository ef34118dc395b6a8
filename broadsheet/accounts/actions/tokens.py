"""API tokens, which let programs act on behalf of a user."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from broadsheet.accounts.models import Token, User, hash_token


@transaction.atomic
def create_token(
    user: User, *, name: str, scope: str, expires_at: dt.datetime | None
) -> tuple[Token, str]:
    """Return a token and its key, which is shown only once. Raises ValidationError."""
    key = Token.new_key()
    token = Token(
        user=user,
        name=name,
        scope=scope,
        digest=hash_token(key),
        hint=key[:8],
        expires_at=expires_at,
    )
    token.full_clean()
    token.save()
    return token, key


def revoke_token(token: Token) -> None:
    """Delete a token: it stops working at once."""
    token.delete()


def authenticate_token(key: str) -> Token | None:
    """Return the valid token with the given key, and record the day of its use."""
    token = Token.objects.select_related("user").filter(digest=hash_token(key)).first()
    if token is None or not token.is_valid(timezone.now()):
        return None
    today = timezone.now().date()
    if token.last_used_on != today:  # once a day, so that most reads do not write
        Token.objects.filter(pk=token.pk).update(last_used_on=today)
    return token
