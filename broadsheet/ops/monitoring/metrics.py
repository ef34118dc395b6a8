"""What can be measured about the site, for Prometheus: https://prometheus.io/docs."""

import platform
from collections.abc import Iterator
from importlib.metadata import version

from django.conf import settings
from django.db import connection
from django_ox.stats import queue_stats
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from broadsheet.mail.models import OutgoingMessage
from broadsheet.ops.monitoring import health_checks, heartbeat
from broadsheet.ops.monitoring.process_stats import FIGURES, of
from broadsheet.ops.monitoring.request_metrics import FOLDER
from broadsheet.pagecache import counters
from broadsheet.pagecache.front import index

#: The text format, which every version of Prometheus reads.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_GAUGES = {counters.PAGES, counters.BYTES}


class PageCache(Collector):
    """What the page cache of each process on this machine has counted since it started."""

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each count, with a sample for each process."""
        processes = list(counters.of_all_processes(settings.RUN / "pages"))
        for number, (name, says) in enumerate(counters.COUNTED.items()):
            kind = GaugeMetricFamily if number in _GAUGES else CounterMetricFamily
            family = kind(f"broadsheet_page_cache_{name}", says, labels=["process"])
            for process, counts in processes:
                family.add_metric([str(process)], counts[name])
            yield family


class FrontFiles(Collector):
    """The pages that are files for nginx, if that is switched on."""

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each count."""
        if settings.FRONT_FILES and (counts := index.counts(settings.DATA / "front")):
            for name, (only_grows, says) in index.COUNTED.items():
                kind = CounterMetricFamily if only_grows else GaugeMetricFamily
                yield kind(f"broadsheet_front_files{name}", says, value=counts[name])


class Site(Collector):
    """What is looked at for /readyz, and how much background work there is."""

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each kind of figure."""
        well = GaugeMetricFamily("broadsheet_is_well", "1 where a check is well", labels=["check"])
        ready = GaugeMetricFamily(
            "broadsheet_is_ready",
            "0 where a check keeps requests away",
            labels=["check"],
        )
        value = GaugeMetricFamily(
            "broadsheet_check",
            "The figure of a check: bytes, seconds or a Unix time",
            labels=["check"],
        )
        checks = health_checks.checks()
        for check in checks:
            well.add_metric([check.name], check.is_well)
            ready.add_metric([check.name], check.is_ready)
            value.add_metric([check.name], check.value)
        yield well
        yield ready
        yield value
        if not health_checks.is_ready(checks):  # the database may be the reason
            return
        jobs = GaugeMetricFamily("broadsheet_jobs", "Background work", labels=["state"])
        for queue in queue_stats():
            for state in ("ready", "running", "failed", "lost"):
                jobs.add_metric([state], getattr(queue, state))
        yield jobs
        mails = GaugeMetricFamily(
            "broadsheet_mails_unsent", "Mails that wait, or were given up", labels=["status"]
        )
        for status in ("waiting", "refused", "failed"):
            mails.add_metric([status], OutgoingMessage.objects.filter(status=status).count())
        yield mails


class Information(Collector):
    """Which version this is, and what it runs on."""

    def collect(self) -> Iterator[Metric]:
        """Yield one family, whose value is 1."""
        said = {
            "version": version("broadsheet"),
            "python": platform.python_version(),
            "database": connection.vendor,
        }
        yield InfoMetricFamily("broadsheet", "What runs here", value=said)


class Processes(Collector):
    """What the processes on this machine use: those that answer, and background workers.

    The names are those that Prometheus' libraries give to the process that they are in:
    https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    """

    def collect(self) -> Iterator[Metric]:
        """Yield a family for each figure, with a sample for each process."""
        figures = [(kind, number, usage) for kind, number in _processes() if (usage := of(number))]
        for name, (only_grows, says) in FIGURES.items():
            family_kind = CounterMetricFamily if only_grows else GaugeMetricFamily
            family = family_kind(f"broadsheet_process_{name}", says, labels=["kind", "process"])
            for kind, number, usage in figures:
                family.add_metric([kind, str(number)], usage[name])
            yield family


def _processes() -> Iterator[tuple[str, int]]:
    for number, _counts in counters.of_all_processes(settings.RUN / "pages"):
        yield "server", number
    for number in heartbeat.local_workers():
        yield "worker", number


REGISTRY = CollectorRegistry()
REGISTRY.register(PageCache())
REGISTRY.register(FrontFiles())
REGISTRY.register(Site())
REGISTRY.register(Information())
REGISTRY.register(Processes())
if FOLDER.is_dir():
    MultiProcessCollector(REGISTRY, path=str(FOLDER))  # type: ignore[no-untyped-call]


def text() -> bytes:
    """Return all of it as Prometheus reads it."""
    return generate_latest(REGISTRY)
