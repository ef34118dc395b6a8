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

from broadsheet.ops.backup.history import last_backup
from broadsheet.ops.models import Sample
from broadsheet.ops.monitoring import health_checks
from broadsheet.pagecache import counters

KEPT = dt.timedelta(days=14)
#: What only grows while processes live; the others are as they are.
GROWING = ("kept", "made", "errors", "mailed", "unmailed")


def take() -> Sample:
    """Count, on this machine, and remember it; forget what is old."""
    now = timezone.now()
    Sample.objects.filter(at__lt=now - KEPT).delete()
    figures = {**_answers(), **_jobs(), **_mails(), **_backup(), "free": _free()}
    return Sample.objects.create(at=now, figures=figures)


def _answers() -> dict[str, int]:
    """Return how many answers the page cache gave, how many Django did, and its errors of 5xx."""
    cache: Counter[str] = Counter()
    for _process, counts in counters.of_all_processes(settings.RUN / "pages"):
        cache.update(counts)
    made = errors = 0
    for labels, count in _counted("broadsheet_requests"):
        made += count
        errors += count if labels["status"] >= "500" else 0
    return {"kept": cache["hits"], "made": made, "errors": errors}


def _counted(name: str) -> Iterator[tuple[dict[str, str], int]]:
    """Yield what all processes together counted under `name`, with its labels."""
    if not settings.COUNTED.is_dir():
        return
    collector = MultiProcessCollector(CollectorRegistry(), path=str(settings.COUNTED))  # type: ignore[no-untyped-call]
    for family in collector.collect():  # type: ignore[no-untyped-call]
        if family.name == name:
            yield from ((sample.labels, int(sample.value)) for sample in family.samples)


def _mails() -> dict[str, int]:
    """Return how many mails were sent, and how many attempts failed."""
    counts: Counter[str] = Counter()
    for labels, count in _counted("broadsheet_mails"):
        counts[labels["outcome"]] += count
    return {"mailed": counts["sent"], "unmailed": counts["failed"]}


def _backup() -> dict[str, int]:
    """Return the seconds since the last backup, where there is one."""
    last = last_backup()
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
