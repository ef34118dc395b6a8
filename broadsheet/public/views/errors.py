"""Pages that say what went wrong and the way out."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control

from broadsheet.publication.models import Masthead


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Say that nothing is here; something may be in a moment, so nobody keeps the answer."""
    site = Masthead.current()
    response = render(request, "404.html", {"site": site}, status=404, using="jinja2")
    patch_cache_control(response, max_age=0, must_revalidate=True)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Say that the request cannot be read. Django's own view would read it again, and break."""
    return HttpResponseBadRequest(render_to_string("400.html"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that a form was too old to be taken."""
    return render(request, "403_csrf.html", status=403)
