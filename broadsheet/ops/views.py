"""Whether this process is alive."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that this process answers. It asks nothing of the database."""
    return HttpResponse(b"ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})
