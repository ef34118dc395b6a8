"""What can be measured about the site, for Prometheus: https://prometheus.io/docs."""

from collections.abc import Iterator

from django.conf import settings
from django_ox.stats import queue_stats
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from broadsheet.ops import readiness
from broadsheet.ops.measured import FOLDER
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
        for check in readiness.checks():
            well.add_metric([check.name], check.is_well)
            ready.add_metric([check.name], check.is_ready)
            value.add_metric([check.name], check.value)
        yield well
        yield ready
        yield value
        jobs = GaugeMetricFamily("broadsheet_jobs", "Background work", labels=["state"])
        for queue in queue_stats():
            for state in ("ready", "running", "failed", "lost"):
                jobs.add_metric([state], getattr(queue, state))
        yield jobs


REGISTRY = CollectorRegistry()
REGISTRY.register(PageCache())
REGISTRY.register(FrontFiles())
REGISTRY.register(Site())
if FOLDER.is_dir():
    MultiProcessCollector(REGISTRY, path=str(FOLDER))  # type: ignore[no-untyped-call]


def text() -> bytes:
    """Return all of it as Prometheus reads it."""
    return generate_latest(REGISTRY)
