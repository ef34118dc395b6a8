"""Samples of the main metrics every five minutes, for the plots of the status page."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from django.conf import settings
from django.utils import timezone
from django_ox.stats import queue_stats
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from broadsheet.ops.models import Backup, Sample
from broadsheet.ops.monitoring import health_checks
from broadsheet.pagecache import stats

RETENTION = dt.timedelta(days=14)
#: Keys of stored figures whose names are older than the terms.
HITS, RENDERED = "kept", "made"
#: Counters, which only grow while processes live; the others are gauges.
COUNTERS = (HITS, RENDERED, "errors", "mailed", "unmailed")


def take() -> Sample:
    """Store a sample of this machine; delete old samples."""
    now = timezone.now()
    Sample.objects.filter(measured_at__lt=now - RETENTION).delete()
    figures = {**_responses(), **_jobs(), **_mails(), **_backup(), "free": _free()}
    return Sample.objects.create(measured_at=now, figures=figures)


def _responses() -> dict[str, int]:
    """Return the responses of the page cache and of Django, and how many of these were 5xx."""
    cache: Counter[str] = Counter()
    for _process, counts in stats.read_all_stats(settings.RUN / "pages"):
        cache.update(counts)
    rendered = errors = 0
    for labels, count in _counter("broadsheet_requests"):
        rendered += count
        errors += count if labels["status"] >= "500" else 0
    return {HITS: cache["hits"], RENDERED: rendered, "errors": errors}


def _counter(name: str) -> Iterator[tuple[dict[str, str], int]]:
    """Yield the labels and the value, over all processes, of each series of the counter `name`."""
    if not settings.METRICS_FOLDER.is_dir():
        return
    collector = MultiProcessCollector(CollectorRegistry(), path=str(settings.METRICS_FOLDER))  # type: ignore[no-untyped-call]
    for family in collector.collect():  # type: ignore[no-untyped-call]
        if family.name == name:
            yield from ((sample.labels, int(sample.value)) for sample in family.samples)


def _mails() -> dict[str, int]:
    """Return how many mails were sent and how many attempts failed."""
    counts: Counter[str] = Counter()
    for labels, count in _counter("broadsheet_mails"):
        counts[labels["outcome"]] += count
    return {"mailed": counts["sent"], "unmailed": counts["failed"]}


def _backup() -> dict[str, int]:
    """Return the seconds since the last backup, if there is one."""
    last = Backup.objects.last_successful()
    if last is None:
        return {}
    return {"backup": int((timezone.now() - last.finished_at).total_seconds())}


def _jobs() -> dict[str, int]:
    queues = queue_stats()
    return {
        "waiting": sum(queue.ready for queue in queues),
        "failed": sum(queue.failed + queue.lost for queue in queues),
    }


def _free() -> int:
    return int(health_checks.disk().value)


def since(span: dt.timedelta) -> list[tuple[dt.datetime, dict[str, int]]]:
    """Return the figures of each sample of the last `span`; of counters, the increase.

    A counter that is smaller than before was reset by a restart.
    """
    samples = Sample.objects.filter(measured_at__gte=timezone.now() - span).order_by("measured_at")
    rows = [(sample.measured_at, sample.figures) for sample in samples]
    result = []
    for (_then, before), (at, now) in pairwise(rows):
        increases = {
            name: now.get(name, 0) - before.get(name, 0)
            if now.get(name, 0) >= before.get(name, 0)
            else now.get(name, 0)
            for name in COUNTERS
        }
        result.append((at, {**now, **increases}))
    return result
