"""`broadsheet import`: import an archive."""

from argparse import BooleanOptionalAction
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from broadsheet.accounts.models import User
from broadsheet.lib.outages import Outage, classify_outage
from broadsheet.posts.policy import can_create
from broadsheet.transfer import run_import
from broadsheet.transfer.error_isolation import UnsupportedSourceError
from broadsheet.transfer.import_formats import IMPORT_FORMATS
from broadsheet.transfer.pipeline import ImportOptions
from broadsheet.transfer.report import Report

_STOPPED_BY_OUTAGE = (
    "The import stopped because %s (%s). Everything imported so far stays. Fix the problem, "
    "then run the same command again to resume."
)
_REASONS = {
    Outage.FULL: "the disk is full",
    Outage.GONE: "the database or the disk cannot be written to",
}


class Command(BaseCommand):
    help = "Import posts. A second run changes only what changed in the source."

    def add_arguments(self, parser: CommandParser) -> None:
        names = ",".join(IMPORT_FORMATS)
        kinds = parser.add_subparsers(dest="kind", required=True, metavar=f"{{{names}}}")
        for kind, import_format in IMPORT_FORMATS.items():
            files = import_format.files
            one = kinds.add_parser(kind, help=files, description=f"Import {files}.")
            one.add_argument("source", type=Path, metavar="FOLDER|ZIP|FILE")
            one.add_argument("--author", metavar="NAME", help="username of the posts' author")
            one.add_argument("--dry-run", action="store_true", help="report only, write nothing")
            one.add_argument(
                "--download-images",
                action=BooleanOptionalAction,
                default=True,
                help="download images, so that visitors load nothing from other hosts",
            )
            one.add_argument(
                "--fix-encoding", action="store_true", help="repair wrongly decoded text"
            )

    def handle(self, *_args: Any, **options: Any) -> None:
        import_options = ImportOptions(
            author=get_author(options["author"]),
            is_dry_run=options["dry_run"],
            downloads_images=options["download_images"],
            fixes_encoding=options["fix_encoding"],
        )
        # Not OutputWrapper itself, which adds a line ending to each piece of text.
        output = cast("TextIO", self.stdout._out)  # noqa: SLF001
        path = None if import_options.is_dry_run else _report_path()
        try:
            with nullcontext(output) if path is None else _open(path) as file:
                report = Report(file)
                run_import.run_import(
                    options["kind"],
                    options["source"],
                    options=import_options,
                    report=report,
                    on_progress=self._print_progress,
                )
        except (UnsupportedSourceError, OSError, DatabaseError) as error:
            if outage := classify_outage(error):
                raise CommandError(
                    _STOPPED_BY_OUTAGE % (_REASONS[outage], str(error).strip())
                ) from error
            if isinstance(error, DatabaseError):
                raise
            raise CommandError(str(error)) from error
        if path is None:  # the summary is part of the report, which was printed
            self.stdout.write("\nThis was a dry run: nothing was written.")
        else:
            self.stdout.write(f"{report.summary()}\n\nReport for each file: {path}")

    def _print_progress(self, progress: run_import.ImportProgress) -> None:
        if self.stderr.isatty():
            files = f"{progress.done:,} of {progress.total:,} files"
            line = f"{files}, {progress.images:,} images downloaded"
            ending = "\n" if progress.done == progress.total else "\r"
            self.stderr.write(line, style_func=str, ending=ending)


def get_author(name: str | None) -> User:
    """Return the author by user name, by default the only owner. Raises CommandError."""
    if name:
        user = User.objects.filter(username__iexact=name).first()
        if user is None:
            raise CommandError(f"There is no user “{name}”. Users: {_names()}.")
        if not can_create(user):
            raise CommandError(
                f"“{user}” is a reader and cannot write posts. Choose one of: {_names()}."
            )
        return user
    owners = list(User.objects.owners()[:2])
    if not owners:
        raise CommandError(
            "This site has no owner yet. Open the link that `broadsheet serve` prints or run "
            "`broadsheet createsuperuser`, then import again."
        )
    if len(owners) > 1:
        raise CommandError(
            f"Choose the author of the posts with --author NAME, one of: {_names()}."
        )
    return owners[0]


def _names() -> str:
    usernames = User.objects.public().order_by("username").values_list("username", flat=True)
    return ", ".join(usernames[:50]) or "no one"


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", errors="backslashreplace")


def _report_path() -> Path:
    folder = Path(settings.DATA) / "reports"
    folder.mkdir(exist_ok=True)
    return folder / f"import-{datetime.now().astimezone():%Y-%m-%d-%H%M%S-%f}.txt"
