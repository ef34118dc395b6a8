"""Counting of views: in memory while a page is served, in the database by a thread of its own.

Serving a page only adds one to a count in a dictionary. The thread leaves out robots, reduces
referrers to their hosts, and writes the sums every FLUSH_SECONDS and when the process ends. A
process that is killed loses the views since its last write.
"""

import datetime as dt
import logging
import multiprocessing.util
import os
import re
import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import batched
from time import sleep, time
from typing import Any
from urllib.parse import urlsplit

from django.db import Error, connections

from broadsheet.statistics import actions, queries
from broadsheet.statistics.models import OTHER_HOSTS

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 10
#: Bounds of the memory for views that are not yet written: distinct keys, and characters of a key.
MAX_KEYS, MAX_LENGTH = 10_000, 400
#: Hosts per post and day that get a row of their own. Anyone can send invented referrers.
MAX_HOSTS = 200
#: The user agent of views beyond MAX_KEYS, whose user agent and referrer are not recorded.
_OVERFLOW = "*"
#: Seconds in which the day does not change in any time zone.
_QUARTER = 900
_SCHEMES = {"http", "https", "android-app"}
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")

#: Page ID, quarter of an hour since 1970, referrer, user agent.
type Key = tuple[str, int, str, str]
#: Post, day, host.
type ViewKey = tuple[uuid.UUID, dt.date, str]


class Recorder:
    """The views that this process served and has not yet written."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._counts: dict[Key, int] = {}
        self._unwritten: Counter[ViewKey] = Counter()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._has_thread = False
        self._hosts: dict[tuple[uuid.UUID, dt.date], set[str]] = {}

    def record(self, page_id: str, environ: Mapping[str, Any]) -> None:
        """Count a view. A page that a browser fetches in advance is not a view."""
        get = environ.get
        if "HTTP_SEC_PURPOSE" in environ or "HTTP_PURPOSE" in environ:
            return
        key = (
            page_id,
            int(time()) // _QUARTER,
            get("HTTP_REFERER", "")[:MAX_LENGTH],
            get("HTTP_USER_AGENT", "")[:MAX_LENGTH],
        )
        with self._lock:
            counts = self._counts
            if len(counts) >= MAX_KEYS and key not in counts:
                key = (page_id, key[1], "", _OVERFLOW)
                self._wake.set()
            counts[key] = counts.get(key, 0) + 1
        if not self._has_thread:
            self.start()

    def flush(self) -> None:
        """Write the views recorded so far. After a django.db.Error, the next call does."""
        with self._writing:
            if not self._counts and not self._unwritten:
                return
            zone = queries.site_zone()
            counts = self.take()
            if len(self._unwritten) < MAX_KEYS:  # else the database has been away for long
                self._unwritten.update(self.aggregate(counts, zone))
            for batch in batched(sorted(self._unwritten.items()), actions.BATCH_SIZE):
                actions.add_views(dict(batch))
                for key, _views in batch:
                    del self._unwritten[key]

    def take(self) -> Mapping[Key, int]:
        """Return the views recorded so far, and forget them."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return counts

    def aggregate(self, counts: Mapping[Key, int], zone: dt.tzinfo) -> Counter[ViewKey]:
        """Return the views by post, day and host, without those by robots."""
        views: Counter[ViewKey] = Counter()
        for (page_id, quarter, referrer, agent), count in counts.items():
            kind, _, pk = page_id.partition(":")
            if kind == "post" and not is_robot(agent):
                post = uuid.UUID(pk)
                day = dt.datetime.fromtimestamp(quarter * _QUARTER, zone).date()
                host = OTHER_HOSTS if agent == _OVERFLOW else host_of(referrer)
                views[post, day, self._limit(post, day, host)] += count
        return views

    def _limit(self, post: uuid.UUID, day: dt.date, host: str) -> str:
        """Return the host, or OTHER_HOSTS if the post has had too many others on this day."""
        hosts = self._hosts.get((post, day))
        if hosts is None:
            if len(self._hosts) >= MAX_KEYS:
                self._hosts.clear()
            hosts = self._hosts[post, day] = set()
        if host and host not in hosts:
            if len(hosts) >= MAX_HOSTS:
                return OTHER_HOSTS
            hosts.add(host)
        return host

    def start(self) -> None:
        """Start the writing thread of this process, once."""
        with self._lock:
            if self._has_thread:
                return
            self._has_thread = True
        # Not `atexit`, which processes forked by `multiprocessing` do not run.
        multiprocessing.util.Finalize(None, self._flush_or_log, exitpriority=0)
        threading.Thread(target=self._run, name="statistics", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._wake.wait(FLUSH_SECONDS)
            self._wake.clear()
            self._flush_or_log()
            sleep(1)  # however many keys arrive

    def _flush_or_log(self) -> None:
        """Write; the database may be gone for a while, which must not end the thread."""
        try:
            self.flush()
        except Error as error:
            logger.warning("Views could not be written yet: %s", error)
        finally:
            connections.close_all()


@lru_cache(maxsize=1_024)
def is_robot(user_agent: str) -> bool:
    """Return whether a user agent is that of a known robot; browsers always send one."""
    # Here and not above: the list takes memory, which processes without readers do not need.
    from crawleruseragents import is_crawler  # noqa: PLC0415

    return not user_agent or bool(is_crawler(user_agent))


@lru_cache(maxsize=1_024)
def host_of(referrer: str) -> str:
    """Return the host of a URL, without `www.`; empty if there is none."""
    try:
        parts = urlsplit(referrer)
        host = (parts.hostname or "").removesuffix(".").removeprefix("www.")
    except ValueError:
        return ""
    is_host = parts.scheme in _SCHEMES and len(host) <= 253 and _HOST.fullmatch(host)  # noqa: PLR2004 - RFC 1035
    return host if is_host else ""


#: The recorder of this process.
recorder = Recorder()
