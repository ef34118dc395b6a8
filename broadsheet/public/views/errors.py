"""Pages that say what went wrong and the way out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that a form was too old to be taken."""
    return render(request, "403_csrf.html", status=403)
