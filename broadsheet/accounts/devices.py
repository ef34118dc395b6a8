"""Devices on which people logged in before, so that no one who guesses can lock them out.

As OWASP describes it ("Slow Down Online Guessing Attacks with Device Cookies"): a browser in which
somebody logged in gets a cookie for that account, and its failed logins are counted for it alone.
All others share a count for each account. Once that is used up, each address among them waits
between two tries, instead of being refused: the right password always gets in.
"""

import secrets
from time import time

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from broadsheet.accounts.models import User

WAIT = 30  # seconds between attempts from an unknown address while an account is being guessed
_LIFE = 60 * 60 * 24 * 365  # seconds for which a device stays known
_PATH = "/login"  # the cookie is sent nowhere else
_SALT = "broadsheet.accounts.devices"


def known_device(request: HttpRequest, account: str) -> str | None:
    """Return the name of the device that `request` comes from, where it is one of `account`."""
    cookie = request.COOKIES.get(_cookie_name(account), "")
    try:
        value: object = signing.loads(cookie, salt=_SALT, max_age=_LIFE)
    except signing.BadSignature:
        return None
    match value:
        case [str(owner), str(device)] if owner == account:
            return device
    return None


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Make the browser a known device of `user`, who just logged in."""
    account = str(user.pk)
    device = known_device(request, account) or secrets.token_urlsafe(16)
    response.set_cookie(
        _cookie_name(account),
        signing.dumps([account, device], salt=_SALT),
        max_age=_LIFE,
        path=_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def has_waited(request: HttpRequest, account: str) -> bool:
    """Return whether the address may try now; it may once after each wait, which begins here."""
    key = f"login-wait:{account}:{get_ip(request)}"
    earliest: float | None = cache.get(key)
    if earliest is not None and earliest <= time():
        cache.delete(key)
        return True
    if earliest is None:
        cache.set(key, time() + WAIT, WAIT * 20)
    return False


def _cookie_name(account: str) -> str:
    return f"device-{account}"
