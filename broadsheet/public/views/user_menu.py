"""The user menu, a fragment that every page fetches."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from broadsheet.pagecache import set_cache_tags
from broadsheet.publication.cache_tags import SITE


@require_safe
def user_menu(request: HttpRequest) -> HttpResponse:
    """Return the part of the header that differs between users. Template `public/user_menu.html`.

    A script on public pages fetches it and replaces the static login links with it. Context:
    `user`, `messages` (rendering consumes them), and the CSRF token for logging out
    (`{% csrf_token %}`). Every page view requests it, so the response to requests without cookies
    is cached in front of Django.
    """
    response = render(request, "public/user_menu.html")
    patch_vary_headers(response, ["Cookie"])
    if not request.COOKIES:
        set_cache_tags(response, [SITE])
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
