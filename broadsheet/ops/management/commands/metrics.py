"""`broadsheet metrics`: print the metrics in the Prometheus format."""

from typing import Any

from django.core.management.base import BaseCommand

from broadsheet.ops.monitoring import metrics


class Command(BaseCommand):
    help = "Print the metrics of this machine's processes in the Prometheus format, like /metrics."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(metrics.render().decode(), ending="")
