"""Actions on the site: set up, settings, redirects."""

import hmac
from collections.abc import Iterable
from posixpath import normpath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from broadsheet.accounts.actions import mark_email_verified, set_registration
from broadsheet.accounts.models import Registration, Role, User
from broadsheet.accounts.policy import is_claimed
from broadsheet.publication.models import Redirect, Site, path_spellings


def setup_key() -> str:
    """Return the secret of the setup link. It works until the site has an owner."""
    return salted_hmac("broadsheet.claim", "claim", algorithm="sha256").hexdigest()


def can_set_up(key: str) -> bool:
    """Return whether the setup link with `key` works."""
    return hmac.compare_digest(key.encode(), setup_key().encode()) and not is_claimed()


@transaction.atomic
def setup(
    *,
    key: str,
    name: str,
    username: str,
    email: str,
    password: str,
    display_name: str = "",
    registration: str = Registration.Mode.INVITATION,
) -> User:
    """Create the owner's account, and set the site's name and who can sign up (as readers).

    Raises PermissionDenied if the key is wrong or the site has an owner, and ValidationError.
    """
    Site.objects.get_or_create(id=1)
    Site.objects.select_for_update().get(id=1)  # a concurrent second request waits and is rejected
    if not can_set_up(key):
        raise PermissionDenied(_("This site already has an owner."))
    owner = User(username=username, email=email, display_name=display_name)
    owner.full_clean(exclude=["password"])
    owner = User.objects.create_superuser(username, email, password, display_name=display_name)
    owner = mark_email_verified(owner)
    edit_site(name=name)
    set_registration(mode=registration, role=Role.READER)
    return owner


@transaction.atomic
def edit_site(**changes: Any) -> Site:
    """Change fields of the site. Raises ValidationError."""
    site = Site.objects.select_for_update().filter(id=1).first() or Site()
    for field, value in changes.items():
        setattr(site, field, value)
    site.full_clean(validate_unique=False)
    site.save()
    return site


def record_url() -> None:
    """Record the URL that the site is served under now, if the site is set up."""
    for urls in Site.objects.filter(id=1).values_list("urls", flat=True):
        if settings.SITE_URL not in urls.split("\n"):
            Site.objects.filter(id=1).update(urls=f"{urls}\n{settings.SITE_URL}".strip())


def own_hosts() -> frozenset[str]:
    """Return all host names that this site has or had."""
    urls = Site.current().urls.split("\n")
    hosts = {urlsplit(url).hostname for url in (*urls, settings.SITE_URL)}
    return frozenset({*filter(None, hosts), *settings.ALLOWED_HOSTS} - {"*"})


@transaction.atomic
def add_redirect(old_path: str, new_path: str, *, status: int = Redirect.Status.MOVED) -> Redirect:
    """Redirect `old_path` to `new_path`, replacing its redirect. Raises ValidationError.

    Redirects to the old path are changed to the new one, so that there are no chains. A redirect
    of the new path is deleted, so that there are no loops. Paths are compared in all spellings.
    """
    row = Redirect.objects.select_for_update().filter(old_path=old_path).first()
    redirect = row or Redirect(old_path=old_path)
    redirect.new_path, redirect.status = new_path, status
    redirect.clean_fields()
    redirect.clean()
    old, new = _normal_path(old_path), _normal_path(new_path)
    if old == new:
        message = _("This URL is that of the redirect itself. Enter another one.")
        raise ValidationError({"new_path": message})
    Redirect.objects.filter(old_path__in=path_spellings(new)).delete()
    if new_path:
        Redirect.objects.filter(new_path__in=path_spellings(old)).update(new_path=new_path)
    redirect.full_clean()
    redirect.save()
    return redirect


def _normal_path(url: str) -> str:
    """Return the path of a URL of this site in its shortest spelling; empty for other URLs."""
    parts = urlsplit(url)
    if not url or (parts.netloc and parts.hostname not in own_hosts()):
        return ""
    return normpath("/" + unquote(parts.path).strip("/"))


def delete_redirects_for(paths: Iterable[str]) -> None:
    """Delete the redirects of paths that have a page again."""
    Redirect.objects.filter(old_path__in=list(paths)).delete()
