"""`broadsheet collectstatic`: Django's own, after which `serve` has nothing to collect."""

from typing import Any

from django.contrib.staticfiles.management.commands import collectstatic

from broadsheet.ops import preparation


class Command(collectstatic.Command):
    help = (
        "Collect and compress the static files. Before a restart, so that the new version answers "
        "at once; the version before goes on serving, for its own files stay."
    )

    def handle(self, **options: Any) -> str | None:
        said = super().handle(**options)
        if not options["dry_run"]:
            preparation.note_collected()
        return said
