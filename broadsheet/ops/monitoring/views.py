"""Endpoints for load balancers and Prometheus: /healthz, /readyz and /metrics."""

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from broadsheet.accounts.policy import is_owner
from broadsheet.ops.monitoring import health_checks

_NO_STORE = {"Cache-Control": "no-store"}


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Return 200: this process answers. Does not query the database."""
    return HttpResponse(b"ok\n", content_type="text/plain", headers=_NO_STORE)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 if requests should be sent here, else 503; with the token, also the reasons."""
    has_token = has_metrics_token(request)
    checks = health_checks.all_checks() if has_token else health_checks.readiness_checks()
    is_ready = health_checks.is_ready(checks)
    payload: dict[str, object] = {"status": "ready" if is_ready else "not ready"}
    if has_token:
        payload["checks"] = {
            c.name: {"is_healthy": c.is_healthy, "message": c.message} for c in checks
        }
    return JsonResponse(payload, status=200 if is_ready else 503, headers=_NO_STORE)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return all metrics to an owner or with the token. Raises Http404 for others."""
    if not (has_metrics_token(request) or is_owner(request.user)):
        raise Http404
    from broadsheet.ops.monitoring import metrics as all_metrics  # noqa: PLC0415 - slow to import

    return HttpResponse(
        all_metrics.render(), content_type=all_metrics.CONTENT_TYPE, headers=_NO_STORE
    )


def has_metrics_token(request: HttpRequest) -> bool:
    """Return whether the request carries BROADSHEET_METRICS_TOKEN."""
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    header = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(header, expected)
