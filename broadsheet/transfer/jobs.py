"""Import runs that the owner starts in the browser: create, cancel, resume, execute."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.accounts.models import User
from broadsheet.lib.outages import Outage, classify_outage
from broadsheet.transfer import uploads
from broadsheet.transfer.error_isolation import ImportCancelledError, UnsupportedSourceError
from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.pipeline import ImportOptions
from broadsheet.transfer.report import Report
from broadsheet.transfer.signals import import_requested

_OUTAGE_REASONS = {
    Outage.FULL: gettext_lazy("The disk is full, so nothing can be saved."),
    Outage.GONE: gettext_lazy("The database or the disk cannot be written to at the moment."),
}


def create_run(*, by: User, files: Sequence[UploadedFile[bytes]], **options: Any) -> ImportRun:
    """Save the files and request their import. Raises ValidationError."""
    uploads.validate_files(files)
    run = ImportRun(started_by=by, **options)
    run.full_clean(exclude=["finished_at"], validate_unique=False)
    uploads.save_files(run, files)
    try:
        with transaction.atomic():
            run.save()
            import_requested.send(ImportRun, run=run)
    except (
        DatabaseError
    ):  # nothing else would remove the files, and they may be what fills the disk
        uploads.delete_files(run)
        raise
    return run


def cancel_run(run: ImportRun) -> None:
    """Stop the run after its current batch. What it imported stays."""
    active = [ImportRun.Status.WAITING, ImportRun.Status.RUNNING]
    ImportRun.objects.filter(pk=run.pk, status__in=active).update(
        status=ImportRun.Status.CANCELLED, finished_at=timezone.now()
    )


@transaction.atomic
def resume_run(run: ImportRun) -> None:
    """Request a cancelled or failed run again; it continues where it stopped."""
    stopped = [ImportRun.Status.CANCELLED, ImportRun.Status.FAILED]
    if ImportRun.objects.filter(pk=run.pk, status__in=stopped).update(
        status=ImportRun.Status.WAITING, finished_at=None, summary="", done=0, images=0
    ):
        import_requested.send(ImportRun, run=run)


def execute(run: ImportRun) -> None:
    """Execute the run to its end or until it is cancelled. If killed, it can be called again.

    Raises OSError or DatabaseError in an outage: the run then waits to be called again.
    """
    if not run.is_under_way:
        return
    ImportRun.objects.filter(pk=run.pk).update(status=ImportRun.Status.RUNNING, summary="")
    report = Report()
    try:
        run.report.parent.mkdir(exist_ok=True)
        with run.report.open("w", encoding="utf-8", errors="backslashreplace") as report.file:
            _import(run, report)
    except ImportCancelledError:
        ImportRun.objects.filter(pk=run.pk).update(summary=report.summary())
    except Exception as error:
        if outage := classify_outage(error):
            with suppress(DatabaseError):  # unchanged, the run is still active and is called again
                _mark_waiting(run, outage)
            raise
        if not isinstance(error, UnsupportedSourceError | OSError):
            _finish(run, ImportRun.Status.FAILED, _("An error occurred; see the log."))
            raise
        _finish(run, ImportRun.Status.FAILED, str(error))
    else:
        _finish(run, ImportRun.Status.DONE, report.summary())
        uploads.delete_files(run)


def fail_run(pk: str) -> None:
    """Mark a run as failed after the last attempt of its job; the owner can resume it."""
    active = [ImportRun.Status.WAITING, ImportRun.Status.RUNNING]
    ImportRun.objects.filter(pk=pk, status__in=active).update(
        status=ImportRun.Status.FAILED,
        summary=_("It failed several times; see the log."),
        finished_at=timezone.now(),
    )


def _import(run: ImportRun, report: Report) -> None:
    from broadsheet.transfer import run_import  # noqa: PLC0415 - loads much, which would slow every start

    def on_progress(progress: run_import.ImportProgress) -> None:
        running = ImportRun.objects.filter(pk=run.pk, status=ImportRun.Status.RUNNING)
        if not running.update(done=progress.done, total=progress.total, images=progress.images):
            raise ImportCancelledError

    options = ImportOptions(
        author=run.author,
        downloads_images=run.downloads_images,
        fixes_encoding=run.fixes_encoding,
    )
    run_import.run_import(
        run.origin,
        uploads.source_path(run),
        options=options,
        report=report,
        on_progress=on_progress,
    )


def _mark_waiting(run: ImportRun, outage: Outage) -> None:
    running = ImportRun.objects.filter(pk=run.pk, status=ImportRun.Status.RUNNING)
    summary = (
        f"{_OUTAGE_REASONS[outage]} {_('The import resumes automatically once this is fixed.')}"
    )
    running.update(status=ImportRun.Status.WAITING, summary=summary)


def _finish(run: ImportRun, status: str, summary: str) -> None:
    ImportRun.objects.filter(pk=run.pk).exclude(status=ImportRun.Status.CANCELLED).update(
        status=status, summary=summary, finished_at=timezone.now()
    )
