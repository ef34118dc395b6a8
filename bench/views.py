"""Counting of views: what it adds to a cache hit, and how long a million views take to aggregate.

Runs in this process, without a server: `python -m bench views`, or `python -m bench.views` on a
machine that lacks the programs of the other benchmarks.
"""

import datetime as dt
import os
import time
import uuid
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from bench import report

HITS, VIEWS = 100_000, 1_000_000
POSTS, REFERRERS = 200, 20
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/{}.0"
HEAD = ("", "μs", "of a hit")


def measure(*, rounds: int) -> None:
    """Measure, and print the table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    import django

    django.setup(set_prefix=False)
    from broadsheet.statistics.recorder import Recorder

    class MemoryRecorder(Recorder):
        """A recorder that writes nothing."""

        def start(self) -> None:
            """Start no thread."""

    recorder = MemoryRecorder()
    functions = {
        "hit without counting": _hits(None),
        "hit with counting": _hits(recorder.record),
    }
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(_seconds(function) / HITS * 1e6)
    medians = {name: median(values) for name, values in times.items()}
    first = medians["hit without counting"]
    rows = [[name, f"{value:.2f}", f"{value / first:.2f}"] for name, value in medians.items()]
    report.show(f"Page cache alone, {HITS:,} hits: medians of {rounds}", HEAD, rows)

    recorder = MemoryRecorder()
    environs = [_view(number) for number in range(POSTS * REFERRERS)]
    counts: list[Mapping[Any, int]] = []

    def record() -> None:
        for number in range(VIEWS):
            recorder.record(*environs[number % len(environs)])

    def aggregate() -> None:
        counts.append(recorder.aggregate(recorder.take(), dt.UTC))

    recording, aggregating = _seconds(record), _seconds(aggregate)
    assert sum(counts[0].values()) == VIEWS
    report.show(
        f"{VIEWS:,} views of {POSTS} posts from {REFERRERS} sites",
        ("", "seconds"),
        [
            ["counted in memory", f"{recording:.2f}"],
            [f"robots and hosts, {len(counts[0]):,} sums", f"{aggregating:.2f}"],
        ],
    )


class AlwaysCurrent:
    """A change tracker without changes."""

    snapshot = ""

    def is_current(self) -> bool:
        """Return True."""
        return True


def _hits(record_view: Callable[..., object] | None) -> Callable[[], None]:
    """Return a function that requests one cached page HITS times."""
    from broadsheet.pagecache.cache import Cache
    from broadsheet.pagecache.request_key import CacheRequest
    from broadsheet.pagecache.wsgi import WSGI

    tracker: Any = AlwaysCurrent()
    cache = Cache(lambda: tracker, record_view=record_view)
    page_id, environ = _view(0)
    headers = [("Content-Type", "text/html"), ("Surrogate-Key", "post:1"), ("Page-Id", page_id)]
    request = CacheRequest(environ, 0)
    rendering = cache.begin(request.key)
    cache.put(rendering, request, headers, b"<p>Hello. " * 1_000)
    cache.end(rendering)
    application: Any = None  # hits do not reach it
    wsgi = WSGI(application, cache)

    def run() -> None:
        for _ in range(HITS):
            wsgi(environ, _start)

    return run


def _start(*_args: object) -> None:
    """Accept the start of a response."""


def _view(number: int) -> tuple[str, dict[str, Any]]:
    post, referrer = divmod(number, REFERRERS)
    return f"post:{uuid.UUID(int=post)}", {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/hello",
        "QUERY_STRING": "",
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "example.org",
        "HTTP_ACCEPT_ENCODING": "br",
        "HTTP_REFERER": f"https://{referrer}.example/a/page",
        "HTTP_USER_AGENT": AGENT.format(referrer),
    }


def _seconds(function: Callable[[], None]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    measure(rounds=5)
