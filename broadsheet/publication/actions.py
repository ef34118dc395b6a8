"""What changes the site itself."""

import hmac
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from broadsheet.accounts.actions import mark_email_verified, set_registration
from broadsheet.accounts.models import Registration, Role, User
from broadsheet.accounts.policy import is_claimed
from broadsheet.lib.compiled_query import Among, CompiledQuery
from broadsheet.publication.models import Redirect, Site


def claim_key() -> str:
    """Return the secret of the link that claims the site. It works until the site has an owner."""
    return salted_hmac("broadsheet.claim", "claim", algorithm="sha256").hexdigest()


def can_claim(key: str) -> bool:
    """Whether `key` claims the site now."""
    return hmac.compare_digest(key.encode(), claim_key().encode()) and not is_claimed()


@transaction.atomic
def claim(
    *,
    key: str,
    name: str,
    username: str,
    email: str,
    password: str,
    display_name: str = "",
    registration: str = Registration.Mode.INVITATION,
) -> User:
    """Create the owner's account, name the site and say who can sign up: as readers.

    Raises PermissionDenied when the key is wrong or the site has an owner, and ValidationError.
    """
    Site.objects.get_or_create(id=1)
    Site.objects.select_for_update().get(id=1)  # two at once: the second waits, and is refused
    if not can_claim(key):
        raise PermissionDenied(_("This site already has an owner."))
    owner = User(username=username, email=email, display_name=display_name)
    owner.full_clean(exclude=["password"])
    owner = User.objects.create_superuser(username, email, password, display_name=display_name)
    mark_email_verified(owner)
    edit_site(name=name)
    set_registration(mode=registration, role=Role.READER)
    return owner


@transaction.atomic
def edit_site(**changes: Any) -> Site:
    """Change fields of the site. Raises ValidationError."""
    site = Site.current()
    for field, value in changes.items():
        setattr(site, field, value)
    site.full_clean(validate_unique=False)
    site.save()
    return site


def record_url() -> None:
    """Record the URL that the site is served under now, if it is claimed."""
    for urls in Site.objects.filter(id=1).values_list("urls", flat=True):
        if settings.SITE_URL not in urls.split("\n"):
            Site.objects.filter(id=1).update(urls=f"{urls}\n{settings.SITE_URL}".strip())


def own_hosts() -> frozenset[str]:
    """Return the names of all hosts that are or were this site."""
    urls = Site.current().urls.split("\n")
    hosts = {urlsplit(url).hostname for url in (*urls, settings.SITE_URL)}
    return frozenset({*filter(None, hosts), *settings.ALLOWED_HOSTS} - {"*"})


@transaction.atomic
def redirect(old_path: str, new_path: str, *, status: int = Redirect.Status.MOVED) -> Redirect:
    """Make `old_path` lead to `new_path` from now on. Raises ValidationError.

    Redirects that led to the old path follow along, so that nobody is sent twice, and one that
    would lead away from the new path is dropped, so that nobody is sent in a circle.
    """
    Redirect.objects.filter(old_path=new_path).delete()
    if new_path:
        Redirect.objects.filter(new_path=old_path).update(new_path=new_path)
    found = Redirect.objects.filter(old_path=old_path).first() or Redirect(old_path=old_path)
    found.new_path, found.status = new_path, status
    found.full_clean()
    found.save()
    return found


_redirected = Among(
    CompiledQuery,
    lambda *paths: Redirect.objects.filter(old_path__in=paths).values_list("pk"),
    "/{}".format,
)


def free_paths(paths: Iterable[str]) -> None:
    """Drop the redirects of paths at which something stands again."""
    if found := _redirected(list(paths)):  # hardly ever
        Redirect.objects.filter(pk__in=[pk for (pk,) in found]).delete()
