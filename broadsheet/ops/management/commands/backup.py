"""`broadsheet backup`: create an archive of the whole site."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from broadsheet.ops.backup import BackupError, archive_names, create, storages

_NOT_ENCRYPTED = (
    "The archive is not encrypted because BROADSHEET_BACKUP_RECIPIENTS is not set. It does "
    "not contain the secret key and the passwords of other servers."
)


class Command(BaseCommand):
    help = "Create an archive of the database, media, theme, settings and key while the site runs."
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
            result = create.create(storage, self._say, label=archive_names.MANUAL)
        except BackupError as error:
            raise CommandError(str(error)) from error
        for name in result.missing:
            self.stderr.write(f"media/{name} is in the database, but the file is missing.")
        if not settings.BACKUP_RECIPIENTS:
            self.stderr.write(_NOT_ENCRYPTED)
        self._say(
            f"Done: {result.rows} rows and {result.files} files, "
            f"{filesizeformat(result.contents)}, in {filesizeformat(result.size)}."
        )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
