"""`broadsheet collectstatic`: as in Django; `serve` then has nothing to collect."""

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.management.base import CommandParser

from broadsheet.lib.file_storage import make_public
from broadsheet.ops.server import bootstrap


class Command(collectstatic.Command):
    help = (
        "Collect and compress the static files. Run it before a restart, so that the new version "
        "starts at once; the previous version keeps serving, because its files stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(interactive=False)  # the folder holds nothing else

    def handle(self, **options: Any) -> str | None:
        make_public(settings.STATIC_ROOT)
        output = super().handle(**options)
        if not options["dry_run"]:
            bootstrap.record_collected()
        return output
