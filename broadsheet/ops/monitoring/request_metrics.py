"""What is counted of each request that Django answers; the page cache counts its own."""

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
from broadsheet.ops.monitoring.metrics_file import CountsFile

FOLDER = settings.COUNTED
with suppress(OSError):  # a disk that cannot be written is no reason not to answer
    FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
vars(values)["MmapedDict"] = CountsFile  # the library has no setting for it
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "broadsheet_requests",
    "Requests that Django answered",
    ["route", "method", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "broadsheet_request_seconds",
    "Seconds that Django took to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
LOGINS = Counter("broadsheet_logins", "Attempts to log in", ["outcome"], registry=REGISTRY)
MAILS = Counter("broadsheet_mails", "Attempts to send a mail", ["outcome"], registry=REGISTRY)
_READING, _FAILED = frozenset({"GET", "HEAD"}), 500
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def measured(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Count each request by its route, and give it an identifier that the logs name.

    A proxy of ours may have given it one (`X-Request-ID`). Answers to what changes something say
    it, and failures; what is read is the same for everyone.
    """

    def middleware(request: HttpRequest) -> Any:
        given = request.headers.get("X-Request-ID", "") if settings.PROXIES else ""
        token = logs.doing.set(logs.identifier(given))
        began = time.perf_counter()
        try:
            response = get_response(request)
            if request.method not in _READING or response.status_code >= _FAILED:
                response.headers["X-Request-ID"] = logs.doing.get()
        finally:
            logs.doing.reset(token)
        _count(request, str(response.status_code), time.perf_counter() - began)
        return response

    return middleware


def forget_the_dead() -> None:
    """Remove what processes counted that have ended."""
    for file in FOLDER.glob("*_*.db") if sys.platform == "linux" else []:
        pid = file.stem.rpartition("_")[2]
        if not Path(f"/proc/{pid}").exists():
            with suppress(OSError):  # a disk that takes no writes
                file.unlink()


# Which of its counters a request belongs to takes the library longer to find than to count.
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
