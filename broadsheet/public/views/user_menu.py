"""The user menu, a fragment that every page fetches."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from broadsheet.pagecache import set_cache_tags
from broadsheet.publication.cache_tags import SITE


@require_safe
def user_menu(request: HttpRequest) -> HttpResponse:
    """Send the part of the header that differs from reader to reader. `public/user_menu.html`.

    Public pages fetch it by script and put it in the place of their static links to log in.
    Context: `user`, `messages` (those waiting; shown here, they are gone), and the form token for
    logging out (`{% csrf_token %}`). Every page that is looked at asks for it, so what it says to
    whoever sends no cookie is kept in front of Django.
    """
    response = render(request, "public/user_menu.html")
    patch_vary_headers(response, ["Cookie"])
    if not request.COOKIES:
        set_cache_tags(response, [SITE])
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
