"""Pages that say what went wrong and the way out."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from broadsheet.public.locale import site_locale
from broadsheet.publication.context_processors import get_site

_LONG = 100  # characters


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Say that nothing is here; something may be in a moment, so nobody keeps the answer."""
    site = get_site(request)
    with site_locale(site):
        response = render(request, "404.html", {"site": site}, status=404)
    patch_cache_control(response, max_age=0, must_revalidate=True)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form was too old to be taken, and give back what was typed into it.

    A view with a method `form_expired` shows its own form again. Neither is done for a form that
    another site sent: what it holds was not typed here.
    """
    is_foreign = not reason.startswith("CSRF ")  # else Origin and Referer were right, or missing
    match = request.resolver_match
    view_class: Any = getattr(match.func, "view_class", None) if match else None
    if match and not is_foreign and hasattr(view_class, "form_expired"):
        view = view_class(**getattr(match.func, "view_initkwargs", {}))
        view.setup(request, *match.args, **match.kwargs)
        answer: HttpResponse = view.form_expired(request, *match.args, **match.kwargs)
        return answer
    texts = (
        [] if is_foreign else [text for name, text in request.POST.items() if _is_work(name, text)]
    )
    with site_locale(get_site(request)):
        return render(request, "403_csrf.html", {"texts": texts}, status=403)


def _is_work(name: str, text: object) -> bool:
    """Return whether a field holds what somebody would be sorry to type again."""
    return len(str(text)) >= _LONG and not name.startswith(("password", "oldpassword", "csrf"))
