"""Whether this process is alive, and what it has counted."""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from broadsheet.accounts.models import User
from broadsheet.ops.monitoring import health_checks

_NOT_KEPT = {"Cache-Control": "no-store"}


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that this process answers. It asks nothing of the database."""
    return HttpResponse(b"ok\n", content_type="text/plain", headers=_NOT_KEPT)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether requests should be sent here: 200 or 503. Who has the token is told why."""
    has_token = has_metrics_token(request)
    found = health_checks.checks() if has_token else health_checks.needs()
    is_ready = health_checks.is_ready(found)
    said: dict[str, object] = {"status": "ready" if is_ready else "not ready"}
    if has_token:
        said["checks"] = {c.name: {"is_well": c.is_well, "says": c.says} for c in found}
    return JsonResponse(said, status=200 if is_ready else 503, headers=_NOT_KEPT)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show an owner, or who has the token, what was counted. Raises Http404 for others."""
    if not (has_metrics_token(request) or _is_owner(request)):
        raise Http404
    from broadsheet.ops.monitoring import metrics as measured  # noqa: PLC0415 - it takes a while to load

    return HttpResponse(measured.text(), content_type=measured.CONTENT_TYPE, headers=_NOT_KEPT)


def has_metrics_token(request: HttpRequest) -> bool:
    """Whether the request shows the token that BROADSHEET_METRICS_TOKEN sets."""
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    shown = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(shown, wanted)


def _is_owner(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_owner
