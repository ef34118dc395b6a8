"""Device cookies: password guessing by others does not lock a user out of their own devices.

As in OWASP's "Slow Down Online Guessing Attacks with Device Cookies": a browser gets a cookie for
each account that logs in, and its failed logins are counted separately. All other clients share
one count per account. When that is used up, each IP address waits between two attempts instead of
being rejected: the right password always works.
"""

import secrets
from time import time

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from broadsheet.accounts.models import User

WAIT_SECONDS = 30  # between attempts from one address, while an account is being guessed
_MAX_AGE = 60 * 60 * 24 * 365  # seconds for which a device is remembered
_PATH = "/login"  # the only path that the cookie is sent to
_SALT = "broadsheet.accounts.devices"


def known_device(request: HttpRequest, account: str) -> str | None:
    """Return the id of the device that sent `request`, if `account` logged in on it before."""
    cookie = request.COOKIES.get(_cookie_name(account), "")
    try:
        value: object = signing.loads(cookie, salt=_SALT, max_age=_MAX_AGE)
    except signing.BadSignature:
        return None
    match value:
        case [str(owner), str(device)] if owner == account:
            return device
    return None


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Set the device cookie of `user`, who just logged in."""
    account = str(user.pk)
    device = known_device(request, account) or secrets.token_urlsafe(16)
    response.set_cookie(
        _cookie_name(account),
        signing.dumps([account, device], salt=_SALT),
        max_age=_MAX_AGE,
        path=_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def has_waited(request: HttpRequest, account: str) -> bool:
    """Return whether the client may try now: once after each wait, which starts here."""
    key = f"login-wait:{account}:{get_ip(request)}"
    earliest: float | None = cache.get(key)
    if earliest is not None and earliest <= time():
        cache.delete(key)
        return True
    if earliest is None:
        cache.set(key, time() + WAIT_SECONDS, WAIT_SECONDS * 20)
    return False


def _cookie_name(account: str) -> str:
    return f"device-{account}"
