"""`broadsheet export`: export all posts."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.transfer.exporters import outputs
from broadsheet.transfer.exporters.markdown import export


class Command(BaseCommand):
    help = "Export all posts except deleted ones. `broadsheet import markdown` imports them again."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="{markdown}")
        help_ = "one Markdown file per post, with front matter, and the images"
        one = kinds.add_parser("markdown", help=help_, description=f"Export {help_}.")
        one.add_argument("target", type=Path, metavar="FOLDER|ZIP")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with outputs.open_output(options["target"]) as target:
                posts = sum(name.endswith(".md") for name in export.export_posts(target))
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{posts:,} posts exported to {options['target']}.")
