"""`broadsheet metrics`: print the metrics as Prometheus reads them."""

from typing import Any

from django.core.management.base import BaseCommand

from broadsheet.ops.monitoring import metrics


class Command(BaseCommand):
    help = "Print the metrics of the site's processes on this machine, as /metrics does."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(metrics.render().decode(), ending="")
