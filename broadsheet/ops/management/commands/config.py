"""`broadsheet config`: the settings in force."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from broadsheet.ops.config import shown


class Command(BaseCommand):
    help = "Print every setting: its value, secrets masked, and where that comes from."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        rows = [(setting.name, shown(setting), setting.source) for setting in settings.ENV]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for name, value, source in rows:
            self.stdout.write(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")
