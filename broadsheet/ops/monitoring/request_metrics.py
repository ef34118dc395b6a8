"""Metrics of the requests that Django answers; the page cache counts its hits itself."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Counter, Histogram, values

from broadsheet.lib import logs
from broadsheet.ops.monitoring.metrics_file import MetricsFile

FOLDER = settings.METRICS_FOLDER
vars(values)["MmapedDict"] = MetricsFile  # the library has no setting for this
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "broadsheet_requests",
    "Requests answered by Django",
    ["route", "method", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "broadsheet_request_seconds",
    "Django's response time in seconds",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
LOGINS = Counter("broadsheet_logins", "Login attempts", ["outcome"], registry=REGISTRY)
MAILS = Counter("broadsheet_mails", "Attempts to send an e-mail", ["outcome"], registry=REGISTRY)
_SAFE, _SERVER_ERROR = frozenset({"GET", "HEAD"}), 500
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def request_metrics(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Count each request by its route, and set the request ID that log records name.

    A trusted proxy may have set the ID (`X-Request-ID`). Responses to unsafe methods and server
    errors carry it; other responses are the same for everyone.
    """

    def middleware(request: HttpRequest) -> Any:
        request_id = request.headers.get("X-Request-ID", "") if settings.PROXIES else ""
        token = logs.request_id.set(logs.identifier(request_id))
        started = time.perf_counter()
        try:
            response = get_response(request)
            if request.method not in _SAFE or response.status_code >= _SERVER_ERROR:
                response.headers["X-Request-ID"] = logs.request_id.get()
        finally:
            logs.request_id.reset(token)
        _count(request, str(response.status_code), time.perf_counter() - started)
        return response

    return middleware


def remove_files_of_dead_processes() -> None:
    """Delete the metrics files of processes that have ended."""
    for file in FOLDER.glob("*_*.db") if sys.platform == "linux" else []:
        pid = file.stem.rpartition("_")[2]
        if not Path(f"/proc/{pid}").exists():
            with suppress(OSError):  # the disk is read-only
                file.unlink()


# The library needs longer to look up a labelled counter than to increment it.
_requests = cache(REQUESTS.labels)
_seconds = cache(SECONDS.labels)


def _count(request: HttpRequest, status: str, seconds: float) -> None:
    route = request.resolver_match.view_name if request.resolver_match else ""
    method = request.method if request.method in _METHODS else "other"
    with suppress(OSError):  # a full disk
        _requests(route or "none", method, status).inc()
        _seconds(route or "none").observe(seconds)


@receiver(user_logged_in)
def _count_login(**_kwargs: Any) -> None:
    with suppress(OSError):
        LOGINS.labels("succeeded").inc()


@receiver(user_login_failed)
def _count_failure(**_kwargs: Any) -> None:
    with suppress(OSError):
        LOGINS.labels("failed").inc()
