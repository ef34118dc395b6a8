"""All metrics of the site, in Prometheus' text format (https://prometheus.io/docs)."""

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
from broadsheet.ops.monitoring.process_stats import DESCRIPTIONS, process_stats
from broadsheet.ops.monitoring.request_metrics import FOLDER
from broadsheet.pagecache import stats

#: The text format that every version of Prometheus reads.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_GAUGES = {stats.ENTRIES, stats.BYTES}


class PageCacheCollector(Collector):
    """Page cache counters of each process on this machine, since it started."""

    def collect(self) -> Iterator[Metric]:
        """Yield a metric family for each counter, with a sample for each process."""
        processes = list(stats.read_all_stats(settings.RUN / "pages"))
        for number, (name, description) in enumerate(stats.COUNTERS.items()):
            kind = GaugeMetricFamily if number in _GAUGES else CounterMetricFamily
            family = kind(f"broadsheet_page_cache_{name}", description, labels=["process"])
            for process, counts in processes:
                family.add_metric([str(process)], counts[name])
            yield family


class SiteCollector(Collector):
    """Health checks, jobs and unsent mails."""

    def collect(self) -> Iterator[Metric]:
        """Yield a metric family for each kind of figure."""
        well = GaugeMetricFamily("broadsheet_is_healthy", "1 if the check passes", labels=["check"])
        ready = GaugeMetricFamily(
            "broadsheet_is_ready",
            "0 if the check makes the site not ready",
            labels=["check"],
        )
        value = GaugeMetricFamily(
            "broadsheet_check",
            "Value of a check: bytes, seconds or a Unix time",
            labels=["check"],
        )
        checks = health_checks.all_checks()
        for check in checks:
            well.add_metric([check.name], check.is_healthy)
            ready.add_metric([check.name], check.is_ready)
            value.add_metric([check.name], check.value)
        yield well
        yield ready
        yield value
        if not health_checks.is_ready(checks):  # the database may be down
            return
        jobs = GaugeMetricFamily("broadsheet_jobs", "Background jobs", labels=["state"])
        for queue in queue_stats():
            for state in ("ready", "running", "failed", "lost"):
                jobs.add_metric([state], getattr(queue, state))
        yield jobs
        mails = GaugeMetricFamily(
            "broadsheet_mails_unsent", "E-mails waiting or given up", labels=["status"]
        )
        for status in ("waiting", "refused", "failed"):
            mails.add_metric([status], OutgoingMessage.objects.filter(status=status).count())
        yield mails


class InfoCollector(Collector):
    """The versions of Broadsheet and Python, and the database engine."""

    def collect(self) -> Iterator[Metric]:
        """Yield one metric family with the value 1."""
        labels = {
            "version": version("broadsheet"),
            "python": platform.python_version(),
            "database": connection.vendor,
        }
        yield InfoMetricFamily("broadsheet", "Version information", value=labels)


class ProcessCollector(Collector):
    """Resource usage of the server processes and background workers on this machine.

    The names are those that Prometheus' client libraries use for their own process:
    https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    """

    def collect(self) -> Iterator[Metric]:
        """Yield a metric family for each figure, with a sample for each process."""
        usages = [(kind, pid, stats) for kind, pid in _processes() if (stats := process_stats(pid))]
        for name, (is_counter, description) in DESCRIPTIONS.items():
            kinds = CounterMetricFamily if is_counter else GaugeMetricFamily
            family = kinds(f"broadsheet_process_{name}", description, labels=["kind", "process"])
            for kind, pid, stats in usages:
                family.add_metric([kind, str(pid)], stats[name])
            yield family


def _processes() -> Iterator[tuple[str, int]]:
    for pid, _counts in stats.read_all_stats(settings.RUN / "pages"):
        yield "server", pid
    for pid in heartbeat.local_workers():
        yield "worker", pid


REGISTRY = CollectorRegistry()
REGISTRY.register(PageCacheCollector())
REGISTRY.register(SiteCollector())
REGISTRY.register(InfoCollector())
REGISTRY.register(ProcessCollector())
if FOLDER.is_dir():
    MultiProcessCollector(REGISTRY, path=str(FOLDER))  # type: ignore[no-untyped-call]


def render() -> bytes:
    """Return all metrics in the text format."""
    return generate_latest(REGISTRY)
