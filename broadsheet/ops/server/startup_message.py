"""The message that `broadsheet serve` prints when the site starts."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse

from broadsheet.accounts.policy import is_claimed
from broadsheet.conf import server
from broadsheet.lib.setting_parsers import local_url
from broadsheet.publication.actions import setup_key

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def startup_message() -> Iterator[str]:
    """Yield lines: the URL, the data folder and, until the site is claimed, the claim link."""
    url = local_url(settings.HOST, settings.PORT)
    is_named = settings.ENV.is_set(server.SITE_URL)
    yield ""
    yield f"  Site             {settings.SITE_URL}"
    if url != settings.SITE_URL:
        yield f"  Listening on     {url}"
    yield f"  Data folder      {settings.DATA}"
    if not is_claimed():
        path = reverse("publication:site-setup", args=[setup_key()])
        yield f"  Set up           {settings.SITE_URL}{path}"
    if settings.HOST not in LOOPBACK and not is_named:
        yield (
            "  For access from other machines, set BROADSHEET_URL, for example to "
            "http://192.168.1.2"
        )
    yield "  Stop with        Ctrl-C"
    yield ""
