"""What the bench comes in with: tokens of an owner and an author, and a reader's cookie."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from broadsheet.accounts import actions
from broadsheet.accounts.models import Role, User

#: The files in the data folder that hold them.
TOKEN, AUTHORS_TOKEN, COOKIE = "bench-token", "bench-token-of-author", "bench-cookie"


def make() -> None:
    """Write both down. The owner and the reader are made where they are missing."""
    owner = User.objects.filter(username="owner").first() or User.objects.create_superuser(
        "owner", "owner@example.org"
    )
    author = User.objects.filter(role=Role.AUTHOR).order_by("id")[5]
    (settings.DATA / COOKIE).write_text(_cookie())
    (settings.DATA / AUTHORS_TOKEN).write_text(_key(author))
    (settings.DATA / TOKEN).write_text(_key(owner))  # last: it says that the data is complete


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
