"""Credentials for the benchmarks: tokens of an owner and an author, a reader's session cookie."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from broadsheet.accounts import actions
from broadsheet.accounts.models import Role, User

#: File names in the data folder.
TOKEN, AUTHOR_TOKEN, COOKIE = "bench-token", "bench-token-of-author", "bench-cookie"


def make() -> None:
    """Write all credentials. Creates the owner and the reader if they do not exist."""
    owner = User.objects.filter(username="owner").first() or User.objects.create_superuser(
        "owner", "owner@example.org"
    )
    author = User.objects.filter(role=Role.AUTHOR).order_by("id")[5]
    (settings.DATA / COOKIE).write_text(_cookie())
    (settings.DATA / AUTHOR_TOKEN).write_text(_key(author))
    (settings.DATA / TOKEN).write_text(_key(owner))  # last: it marks the data as complete


def _key(user: User) -> str:
    _token, key = actions.create_token(user, name="bench", scope="write", expires_at=None)
    return key


def _cookie() -> str:
    reader = User.objects.filter(username="reader").first() or User.objects.create_user(
        "reader", "reader@example.org", role=Role.READER
    )
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(reader.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = reader.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
