"""The redirects of an export on their way back."""

import csv
from pathlib import PurePosixPath

from django.db import transaction

from broadsheet.publication.actions import redirect
from broadsheet.publication.models import Redirect
from broadsheet.transfer import faults, paths
from broadsheet.transfer.incoming import Note
from broadsheet.transfer.markdown import layout
from broadsheet.transfer.report import Report, Verb
from broadsheet.transfer.sources import Source


def is_table(name: str) -> bool:
    """Whether a file of an export holds its redirects."""
    return PurePosixPath(name).name == layout.REDIRECTS


def bring_back(source: Source, report: Report, *, is_dry_run: bool) -> None:
    """Make the redirects that `source` lists and that are not here; report each."""
    for name in filter(is_table, source.names):
        try:
            text = source.read(name).decode("utf-8-sig")
            rows = [*csv.DictReader(text.splitlines(), strict=True)]
        except (OSError, ValueError, csv.Error) as error:
            report.add(name, Verb.UNREADABLE, about=str(error))
            continue
        for number, row in enumerate(rows, start=2):
            _bring_one(f"{name}, line {number}", row, report, is_dry_run=is_dry_run)


def _bring_one(
    origin: str, row: dict[str, str | None], report: Report, *, is_dry_run: bool
) -> None:
    old_path, new_path, status = (row.get(field) or "" for field in layout.REDIRECT_FIELDS)
    about = f"{old_path} leads to {new_path}" if new_path else f"{old_path} is gone"
    here = Redirect.objects.filter(old_path=old_path).first()
    if here is not None and (here.new_path, str(here.status)) == (new_path, status):
        return
    if here is not None or paths.is_in_use(old_path):
        note = Note("redirect from a path that is taken, so left alone", about)
        report.add(origin, Verb.SKIPPED, notes=[note])
        return
    with faults.contained(origin, "saving the redirect") as fault, transaction.atomic():
        redirect(old_path, new_path, status=int(status) if status.isdecimal() else 0)
        transaction.set_rollback(is_dry_run)
    verb = Verb.UNREADABLE if fault.reason else Verb.REDIRECTED
    report.add(origin, verb, about=fault.reason or about)
