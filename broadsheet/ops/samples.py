"""What is counted, every five minutes, so that an owner sees how it went."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from django.conf import settings
from django.utils import timezone
from django_ox.stats import queue_stats
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from broadsheet.ops import readiness
from broadsheet.ops.models import Sample
from broadsheet.pagecache import counters

KEPT = dt.timedelta(days=14)
#: What only grows while processes live; the others are as they are.
GROWING = ("kept", "made", "errors")


def take() -> Sample:
    """Count, on this machine, and remember it; forget what is old."""
    now = timezone.now()
    Sample.objects.filter(at__lt=now - KEPT).delete()
    return Sample.objects.create(at=now, figures={**_answers(), **_jobs(), "free": _free()})


def _answers() -> dict[str, int]:
    """Return how many answers the page cache gave, how many Django did, and its errors of 5xx."""
    cache: Counter[str] = Counter()
    for _process, counts in counters.of_all_processes(settings.RUN / "pages"):
        cache.update(counts)
    made = errors = 0
    for status, count in _statuses():
        made += count
        errors += count if status >= "500" else 0
    return {"kept": cache["hits"], "made": made, "errors": errors}


def _statuses() -> Iterator[tuple[str, int]]:
    if not settings.COUNTED.is_dir():
        return
    collector = MultiProcessCollector(CollectorRegistry(), path=str(settings.COUNTED))  # type: ignore[no-untyped-call]
    for family in collector.collect():  # type: ignore[no-untyped-call]
        if family.name == "broadsheet_requests":
            yield from ((s.labels["status"], int(s.value)) for s in family.samples)


def _jobs() -> dict[str, int]:
    queues = queue_stats()
    return {
        "waiting": sum(queue.ready for queue in queues),
        "failed": sum(queue.failed + queue.lost for queue in queues),
    }


def _free() -> int:
    return int(readiness.disk().value)


def since(span: dt.timedelta) -> list[tuple[dt.datetime, dict[str, int]]]:
    """Return the figures of each sample of the last `span`; of what grows, by how much it grew.

    Where a count is smaller than before, its processes began anew.
    """
    found = Sample.objects.filter(at__gte=timezone.now() - span).order_by("at")
    rows = [(sample.at, sample.figures) for sample in found]
    shown = []
    for (_then, before), (at, now) in pairwise(rows):
        grown = {
            name: now.get(name, 0) - before.get(name, 0)
            if now.get(name, 0) >= before.get(name, 0)
            else now.get(name, 0)
            for name in GROWING
        }
        shown.append((at, {**now, **grown}))
    return shown
