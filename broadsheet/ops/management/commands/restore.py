"""`broadsheet restore`: replace this site with the one in an archive."""

from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broadsheet.ops.backup import BackupError, journal, restore, storages
from broadsheet.ops.litestream import restore as replica
from broadsheet.ops.server import bootstrap

_ACTIONS = ("archive", "replica", "back", "forget")


class Command(BaseCommand):
    help = "Verify ARCHIVE and replace this site with the one in it. Stop the site first."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "archive",
            nargs="?",
            default="",
            help="file, s3://BUCKET/NAME, or a name listed by `broadsheet backups`",
        )
        parser.add_argument(
            "--identity",
            default="",
            metavar="FILE",
            help="file with the private key that decrypts the archive",
        )
        parser.add_argument(
            "--through",
            default="",
            metavar="URL",
            help="empty PostgreSQL database in which an archive of the other engine is converted",
        )
        parser.add_argument(
            "--replica",
            action="store_true",
            help="restore only the database, from BROADSHEET_REPLICA_URL",
        )
        parser.add_argument(
            "--at",
            default="",
            metavar="TIME",
            help="with --replica: point in time to restore, such as 2026-11-21T20:30:00Z",
        )
        parser.add_argument(
            "--back",
            action="store_true",
            help="roll back to the site that the last restore replaced",
        )
        parser.add_argument("--forget", action="store_true", help="delete the replaced site")

    def handle(self, *_args: Any, **options: Any) -> None:
        actions = [action for action in _ACTIONS if options[action]]
        if len(actions) != 1:
            raise CommandError(
                "Provide an archive or one of --replica, --back and --forget.", returncode=2
            )
        bootstrap.create_data_folder()
        try:
            getattr(self, f"_{actions[0]}")(options)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.strerror or error}: {error.filename or ''}") from error

    def _archive(self, options: dict[str, Any]) -> None:
        identity = options["identity"] or settings.BACKUP_IDENTITY
        with _open_archive(options["archive"]) as archive:
            restore.restore(archive, identity, self._say, options["through"])
        done = ["Done."]
        if journal.REPLACED.exists():
            done.append(
                f"The replaced site is in {journal.REPLACED}: `broadsheet restore --back` returns "
                "to it, `--forget` deletes it."
            )
        archived_settings = journal.FOLDER / "settings.env"
        if archived_settings.exists() and archived_settings.stat().st_size:
            done.append(f"{archived_settings} has the settings from the archive.")
        self._say(" ".join(done))

    def _replica(self, options: dict[str, Any]) -> None:
        replica.restore(options["at"], self._say)
        self._say(
            f"Done. The replaced database is in {journal.REPLACED}: `broadsheet restore "
            "--back` returns to it, `--forget` deletes it. Media, theme and key are "
            "unchanged."
        )

    def _back(self, _options: dict[str, Any]) -> None:
        restore.rollback(self._say)
        self._say("Done. Run `broadsheet restore --back` again to undo this.")

    def _forget(self, _options: dict[str, Any]) -> None:
        restore.delete_replaced()
        self._say("The replaced site is deleted.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _open_archive(archive: str) -> IO[bytes]:
    """Open an archive by path or URL, or by its name in the backup target."""
    if "/" not in archive and not Path(archive).exists():
        return storages.get_storage(settings.BACKUP_TARGET).open(archive)
    folder, _, name = archive.rpartition("/") if "/" in archive else (".", "", archive)
    return storages.get_storage(folder or "/").open(name)
