"""`broadsheet backups`: list the archives."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from broadsheet.ops.backup import BackupError, storages


class Command(BaseCommand):
    help = "List the archives in TARGET, oldest first."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "target",
            nargs="?",
            default="",
            help="folder or s3://BUCKET/PREFIX (default: BROADSHEET_BACKUP_TARGET, or "
            "`backups` in the data folder)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        storage = storages.get_storage(options["target"] or settings.BACKUP_TARGET)
        try:
            archives = storage.list_archives()
        except BackupError as error:
            raise CommandError(str(error)) from error
        for stored in archives:
            self.stdout.write(f"{stored.name}  {filesizeformat(stored.size)}")
        if not archives:
            self.stdout.write(f"No archives in {storage}.")
