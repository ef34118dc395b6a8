"""Error pages: 404, and 403 for a failed CSRF check."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from broadsheet.public.locale import site_locale
from broadsheet.publication.context_processors import get_site

_LONG = 100  # characters


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Render the 404 page. It must be revalidated, because a page may be published here later."""
    site = get_site(request)
    with site_locale(site):
        response = render(request, "404.html", {"site": site}, status=404)
    patch_cache_control(response, max_age=0, must_revalidate=True)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Report an expired form and return the user's input.

    A view with a method `form_expired` shows its own form again. A form that another site sent
    gets neither: the user did not type its input here.
    """
    is_foreign = not reason.startswith("CSRF ")  # otherwise, Origin or Referer is wrong
    match = request.resolver_match
    view_class: Any = getattr(match.func, "view_class", None) if match else None
    if match and not is_foreign and hasattr(view_class, "form_expired"):
        view = view_class(**getattr(match.func, "view_initkwargs", {}))
        view.setup(request, *match.args, **match.kwargs)
        response: HttpResponse = view.form_expired(request, *match.args, **match.kwargs)
        return response
    texts = (
        [] if is_foreign else [text for name, text in request.POST.items() if _is_work(name, text)]
    )
    with site_locale(get_site(request)):
        return render(request, "403_csrf.html", {"texts": texts}, status=403)


def _is_work(name: str, text: object) -> bool:
    """Return whether a field is worth returning: a long text that is not a password or token."""
    return len(str(text)) >= _LONG and not name.startswith(("password", "oldpassword", "csrf"))
