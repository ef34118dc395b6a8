"""Purges changed pages from the CDN.

Follows the change log from a stored position, which advances only after the CDN has confirmed the
purge. So a failed purge is repeated, and none is lost.
"""

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from itertools import batched
from types import MappingProxyType
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from django.conf import settings
from django.db import Error, close_old_connections

from broadsheet.ops.models import CdnPurgePosition
from broadsheet.pagecache import change_log
from broadsheet.pagecache.cdn_headers import OVERFLOW_TAG
from broadsheet.pagecache.tags import EVERYTHING, NOTHING

logger = logging.getLogger(__name__)

#: Seconds between two polls of the log, and at most between two attempts.
POLL_INTERVAL, MAX_BACKOFF = 0.5, 60.0
#: Tags per request: every Cloudflare plan accepts 30.
MAX_TAGS_PER_REQUEST = 30
#: With more tags than this, purge everything instead.
MAX_TAGS = 600
_TIMEOUT = 20  # seconds to connect, and between two bytes of the response
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def start() -> None:
    """Follow the log in a thread of this process, if a CDN is configured."""
    if settings.CDN_PURGE_URL:
        threading.Thread(target=CdnPurger().run, name="purge", daemon=True).start()


class CdnPurger:
    """Purges new changes in the change log. Several purgers send duplicates, which is harmless."""

    def __init__(self) -> None:
        self._purged: frozenset[int] = frozenset()
        self._failures = 0

    def run(self) -> None:
        """Poll the log forever, with exponential backoff after failures."""
        while True:
            close_old_connections()
            time.sleep(self.poll())

    def poll(self) -> float:
        """Purge new changes; return the seconds to wait until the next poll."""
        try:
            self.purge_changes()
        except Exception as error:  # any error: if this thread ended, the CDN would stay stale
            self._failures = min(self._failures + 1, 10)
            wait = min(MAX_BACKOFF, POLL_INTERVAL * float(2**self._failures))
            is_known = isinstance(error, OSError | HTTPException | Error)
            logger.warning(
                "The CDN purge failed: %s. Next attempt in %.0f seconds.",
                error,
                wait,
                exc_info=not is_known,
            )
            return wait
        self._failures = 0
        return POLL_INTERVAL

    def purge_changes(self) -> None:
        """Purge new changes. Raises OSError, HTTPException or Error; the position then stays."""
        position = CdnPurgePosition.objects.values_list("position", flat=True).first()
        batch = change_log.read_changes(position)
        tags = {tag for pk, tag in batch.rows if pk not in self._purged}
        if position is not None and batch.is_complete and not tags:
            return
        for request in purge_requests(tags if batch.is_complete else {EVERYTHING}):
            with _open(request, timeout=_TIMEOUT) as answer:
                answer.read(1)
        CdnPurgePosition.objects.update_or_create(id=1, defaults={"position": batch.position})
        self._purged = frozenset(pk for pk, _tag in batch.rows)


def purge_requests(tags: set[str]) -> Iterator[Request]:
    """Yield the requests that purge `tags`, each once."""
    if len(tags) > MAX_TAGS or not tags.isdisjoint({EVERYTHING, NOTHING}):
        yield _purge_everything()
    else:
        for batch in batched(sorted({*tags, OVERFLOW_TAG}), MAX_TAGS_PER_REQUEST):
            yield _purge_tags(list(batch))


def _purge_tags(tags: list[str]) -> Request:
    if settings.CDN_PURGE_FORM == "header":
        return _request(headers={"Surrogate-Key": " ".join(tags)})
    return _request(json.dumps({"tags": tags}))


def _purge_everything() -> Request:
    if settings.CDN_PURGE_FORM == "header":
        return _request(path="_all")
    return _request(json.dumps({"purge_everything": True}))


def _request(body: str = "", path: str = "", headers: Mapping[str, str] = _NO_HEADERS) -> Request:
    """Return a purge request; the token is sent as `Fastly-Key` (header API) or bearer (JSON)."""
    request = Request(settings.CDN_PURGE_URL + path, body.encode(), {**headers}, method="POST")  # noqa: S310
    request.add_header("Content-Type", "application/json")
    if settings.CDN_PURGE_TOKEN and settings.CDN_PURGE_FORM == "header":
        request.add_header("Fastly-Key", settings.CDN_PURGE_TOKEN)
    elif settings.CDN_PURGE_TOKEN:
        request.add_header("Authorization", f"Bearer {settings.CDN_PURGE_TOKEN}")
    return request


class _NoRedirect(HTTPRedirectHandler):
    """Treats a redirect as a failure: following it would send the token elsewhere."""

    def redirect_request(self, *_args: object) -> None:
        return None


# The operator sets the URL: ignore proxies of the environment.
_open = build_opener(ProxyHandler({}), _NoRedirect()).open
