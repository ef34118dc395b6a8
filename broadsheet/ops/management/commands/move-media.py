"""`broadsheet move-media SOURCE TARGET`: copy media from a folder to S3, or back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.ops.database import CopyError
from broadsheet.ops.database.copy_media import copy_media


class Command(BaseCommand):
    help = (
        "Copy all media from a folder into an S3 bucket, or back, and verify every file. The source"
        " is not changed. Run the same command again to resume an interrupted copy."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="folder or s3://BUCKET/PREFIX")
        parser.add_argument("target", help="folder or s3://BUCKET/PREFIX")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            copy_media(options["source"], options["target"], self.stdout.write)
        except CopyError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError("Interrupted. Run the same command again to resume.") from interrupt
        self.stdout.write("All files are copied and have the same checksums.")
