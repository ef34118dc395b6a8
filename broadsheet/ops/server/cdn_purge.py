"""Tells the CDN in front what has changed, so that it asks for it anew.

The log of changes is followed from a position that is stored, and that moves on only once the CDN
has answered that it understood: what is not told now is told later, and nothing is lost.
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

from broadsheet.ops.models import Told
from broadsheet.pagecache import log
from broadsheet.pagecache.cdn import MUCH
from broadsheet.pagecache.stamps import EVERYTHING, NOTHING

logger = logging.getLogger(__name__)

#: Seconds between two looks at the log, and at most between two tries.
PAUSE, LONGEST_PAUSE = 0.5, 60.0
#: Tags to a request: Cloudflare takes 30 from everyone. More than so many are everything.
AT_A_TIME, MANY = 30, 600
_TIMEOUT = 20  # seconds to connect, and between two bytes of the answer
_NONE: Mapping[str, str] = MappingProxyType({})


def start() -> None:
    """Follow the log in a thread of this process, if there is a CDN that wants to be told."""
    if settings.CDN_PURGE_URL:
        threading.Thread(target=Follower().follow, name="purge", daemon=True).start()


class Follower:
    """Tells what it has not told yet. Several tell the same twice, which does no harm."""

    def __init__(self) -> None:
        self._told: frozenset[int] = frozenset()
        self._tries = 0

    def follow(self) -> None:
        """Go on for good; after a failure wait longer each time."""
        while True:
            close_old_connections()
            time.sleep(self.go_on())

    def go_on(self) -> float:
        """Tell what is new; return after how many seconds to go on."""
        try:
            self.tell_news()
        except Exception as error:  # whatever it is, a CDN that hears nothing more would be stale
            self._tries = min(self._tries + 1, 10)
            wait = min(LONGEST_PAUSE, PAUSE * float(2**self._tries))
            is_known = isinstance(error, OSError | HTTPException | Error)
            logger.warning(
                "The CDN was not told: %s. Next try in %.0f seconds.",
                error,
                wait,
                exc_info=not is_known,
            )
            return wait
        self._tries = 0
        return PAUSE

    def tell_news(self) -> None:
        """Tell what is new. Raises OSError, HTTPException or Error; then it is still new."""
        told = Told.objects.values_list("position", flat=True).first()
        news = log.news(told)
        stamps = {stamp for pk, stamp in news.rows if pk not in self._told}
        if told is not None and news.is_whole and not stamps:
            return
        for request in requests_for(stamps if news.is_whole else {EVERYTHING}):
            with _open(request, timeout=_TIMEOUT) as answer:
                answer.read(1)
        Told.objects.update_or_create(id=1, defaults={"position": news.now})
        self._told = frozenset(pk for pk, _stamp in news.rows)


def requests_for(stamps: set[str]) -> Iterator[Request]:
    """Yield what tells the CDN of `stamps`, each once."""
    if len(stamps) > MANY or not stamps.isdisjoint({EVERYTHING, NOTHING}):
        yield _everything()
    else:
        for tags in batched(sorted({*stamps, MUCH}), AT_A_TIME):
            yield _these(list(tags))


def _these(tags: list[str]) -> Request:
    if settings.CDN_PURGE_FORM == "header":
        return _request(headers={"Surrogate-Key": " ".join(tags)})
    return _request(json.dumps({"tags": tags}))


def _everything() -> Request:
    if settings.CDN_PURGE_FORM == "header":
        return _request(more="_all")
    return _request(json.dumps({"purge_everything": True}))


def _request(body: str = "", more: str = "", headers: Mapping[str, str] = _NONE) -> Request:
    """Return what is sent; a CDN's interfaces that take headers call their token `Fastly-Key`."""
    request = Request(settings.CDN_PURGE_URL + more, body.encode(), {**headers}, method="POST")  # noqa: S310
    request.add_header("Content-Type", "application/json")
    if settings.CDN_PURGE_TOKEN and settings.CDN_PURGE_FORM == "header":
        request.add_header("Fastly-Key", settings.CDN_PURGE_TOKEN)
    elif settings.CDN_PURGE_TOKEN:
        request.add_header("Authorization", f"Bearer {settings.CDN_PURGE_TOKEN}")
    return request


class _Straight(HTTPRedirectHandler):
    """Takes a redirect for a failure: it would take the token elsewhere."""

    def redirect_request(self, *_args: object) -> None:
        return None


# The address is what the operator set: no proxy of the environment stands between.
_open = build_opener(ProxyHandler({}), _Straight()).open
