"""What changes an import that the owner started: begin, stop, go on, and the work itself."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.accounts.models import User
from broadsheet.lib.outage import Outage, outage
from broadsheet.transfer import uploads
from broadsheet.transfer.faults import Stopped, Unsuitable
from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.report import Report
from broadsheet.transfer.run import Options
from broadsheet.transfer.signals import import_asked_for

_REASONS = {
    Outage.FULL: gettext_lazy("There is no room left to save anything."),
    Outage.GONE: gettext_lazy("The database or the disk takes nothing at the moment."),
}


def begin(*, by: User, files: Sequence[UploadedFile[bytes]], **wishes: Any) -> ImportRun:
    """Keep the files and ask for their import. Raises ValidationError."""
    uploads.check(files)
    run = ImportRun(started_by=by, **wishes)
    run.full_clean(exclude=["finished_at"], validate_unique=False)
    uploads.keep(run, files)
    try:
        with transaction.atomic():
            run.save()
            import_asked_for.send(ImportRun, run=run)
    except DatabaseError:  # nobody would ever remove them: they may be all that is in the way
        uploads.discard(run)
        raise
    return run


def cancel(run: ImportRun) -> None:
    """Stop the run after the posts it is at. What is imported stays."""
    under_way = [ImportRun.Status.WAITING, ImportRun.Status.RUNNING]
    ImportRun.objects.filter(pk=run.pk, status__in=under_way).update(
        status=ImportRun.Status.CANCELLED, finished_at=timezone.now()
    )


@transaction.atomic
def resume(run: ImportRun) -> None:
    """Ask for a run again that was cancelled or failed; it goes on where it was."""
    ended = [ImportRun.Status.CANCELLED, ImportRun.Status.FAILED]
    if ImportRun.objects.filter(pk=run.pk, status__in=ended).update(
        status=ImportRun.Status.WAITING, finished_at=None, summary="", done=0, images=0
    ):
        import_asked_for.send(ImportRun, run=run)


def carry_out(run: ImportRun) -> None:
    """Do the work, to its end or until it is cancelled. Once killed, it can be called again.

    Raises OSError or DatabaseError in an outage: the run waits, to be called again.
    """
    if not run.is_under_way:
        return
    ImportRun.objects.filter(pk=run.pk).update(status=ImportRun.Status.RUNNING, summary="")
    report = Report()
    try:
        run.report.parent.mkdir(exist_ok=True)
        with run.report.open("w", encoding="utf-8", errors="backslashreplace") as report.file:
            _start(run, report)
    except Stopped:
        ImportRun.objects.filter(pk=run.pk).update(summary=report.summary())
    except Exception as error:
        if why := outage(error):
            with suppress(DatabaseError):  # as it is, the run is under way, and called again
                _wait(run, why)
            raise
        if not isinstance(error, Unsuitable | OSError):
            _end(run, ImportRun.Status.FAILED, _("Something went wrong here; the log says what."))
            raise
        _end(run, ImportRun.Status.FAILED, str(error))
    else:
        _end(run, ImportRun.Status.DONE, report.summary())
        uploads.discard(run)


def give_up(pk: str) -> None:
    """Note that nobody calls the run again by itself, after its last attempt; the owner may."""
    under_way = [ImportRun.Status.WAITING, ImportRun.Status.RUNNING]
    ImportRun.objects.filter(pk=pk, status__in=under_way).update(
        status=ImportRun.Status.FAILED,
        summary=_("It was tried several times and did not end; the log says why."),
        finished_at=timezone.now(),
    )


def _start(run: ImportRun, report: Report) -> None:
    from broadsheet.transfer import start  # noqa: PLC0415 - the readers would slow every start

    def tell(progress: start.Progress) -> None:
        running = ImportRun.objects.filter(pk=run.pk, status=ImportRun.Status.RUNNING)
        if not running.update(done=progress.done, total=progress.total, images=progress.images):
            raise Stopped

    options = Options(
        author=run.author,
        downloads_images=run.downloads_images,
        fixes_encoding=run.fixes_encoding,
    )
    start.start(run.origin, uploads.source(run), options=options, report=report, tell=tell)


def _wait(run: ImportRun, why: Outage) -> None:
    running = ImportRun.objects.filter(pk=run.pk, status=ImportRun.Status.RUNNING)
    summary = f"{_REASONS[why]} {_('The import goes on by itself when that is over.')}"
    running.update(status=ImportRun.Status.WAITING, summary=summary)


def _end(run: ImportRun, status: str, summary: str) -> None:
    ImportRun.objects.filter(pk=run.pk).exclude(status=ImportRun.Status.CANCELLED).update(
        status=status, summary=summary, finished_at=timezone.now()
    )
