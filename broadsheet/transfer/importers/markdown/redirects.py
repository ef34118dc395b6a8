"""Import of an export's redirects."""

import csv
from pathlib import PurePosixPath

from django.db import transaction

from broadsheet.publication.actions import add_redirect
from broadsheet.publication.models import Redirect
from broadsheet.transfer import redirects
from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.error_isolation import isolate_errors
from broadsheet.transfer.markdown_format import schema
from broadsheet.transfer.records import Note
from broadsheet.transfer.report import ImportOutcome, Report


def is_redirects_file(name: str) -> bool:
    """Return whether a file of an export contains its redirects."""
    return PurePosixPath(name).name == schema.REDIRECTS_FILE


def import_redirects(source: FileSource, report: Report, *, is_dry_run: bool) -> None:
    """Create the redirects that `source` lists and that do not exist yet; report each."""
    for name in filter(is_redirects_file, source.names):
        try:
            text = source.read(name).decode("utf-8-sig")
            rows = [*csv.DictReader(text.splitlines(), strict=True)]
        except (OSError, ValueError, csv.Error) as error:
            report.add(name, ImportOutcome.UNREADABLE, detail=str(error))
            continue
        for number, row in enumerate(rows, start=2):
            _import_redirect(f"{name}, line {number}", row, report, is_dry_run=is_dry_run)


def _import_redirect(
    origin: str, row: dict[str, str | None], report: Report, *, is_dry_run: bool
) -> None:
    old_path, new_path, status = (row.get(field) or "" for field in schema.REDIRECT_FIELDS)
    detail = f"{old_path} redirects to {new_path}" if new_path else f"{old_path} is gone"
    existing = Redirect.objects.filter(old_path=old_path).first()
    if existing is not None and (existing.new_path, str(existing.status)) == (new_path, status):
        return
    if existing is not None or redirects.is_path_in_use(old_path):
        note = Note("redirect from a path that is already used, skipped", detail)
        report.add(origin, ImportOutcome.SKIPPED, notes=[note])
        return
    with (
        isolate_errors(origin, "saving the redirect") as failure,
        transaction.atomic(),
    ):
        add_redirect(old_path, new_path, status=int(status) if status.isdecimal() else 0)
        transaction.set_rollback(is_dry_run)
    outcome = ImportOutcome.UNREADABLE if failure.reason else ImportOutcome.REDIRECTED
    report.add(origin, outcome, detail=failure.reason or detail)
