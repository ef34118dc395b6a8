"""`broadsheet clean-media`: delete files without an image, and images that were never used."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from broadsheet.media import actions
from broadsheet.ops import media_cleanup


class Command(BaseCommand):
    help = (
        "Delete media files that belong to no image, as crashes leave them. With --never-used, also"
        " delete images that no version of any post has used."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--never-used", action="store_true", help="also delete unused images")
        parser.add_argument("--dry-run", action="store_true", help="delete nothing, only count")
        parser.add_argument(
            "--days", type=int, default=media_cleanup.GRACE.days, help="leave what is newer alone"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        grace = dt.timedelta(days=max(options["days"], 0))
        before = timezone.now() - grace
        files = images = 0
        for digest in actions.orphaned_files(media_cleanup.PREFIXES, before=before):
            files += 1
            if not options["dry_run"]:
                actions.delete_files(digest)
        if options["never_used"] and options["dry_run"]:
            images = media_cleanup.deletable(grace=grace).count()
        elif options["never_used"]:
            images = media_cleanup.delete_never_used(grace=grace)
        verb = "Would delete" if options["dry_run"] else "Deleted"
        self.stdout.write(
            f"{verb} the files of {files:,} images that are not in the database, and {images:,} "
            "images that were never used."
        )
