"""Background tasks: imports that were started in the browser, and the end of lost ones."""

import uuid

from django.tasks import task
from django_ox.models import OxTask

from broadsheet.transfer import jobs
from broadsheet.transfer.models import ImportRun


@task
def carry_out(run_id: str) -> None:
    """Execute the import run; do nothing if it no longer exists or has ended."""
    run = ImportRun.objects.select_related("author").filter(pk=uuid.UUID(run_id)).first()
    if run is not None:
        jobs.execute(run)


@task
def fail_lost_runs() -> None:
    """Mark runs as failed whose job ended unrecorded: the database was down at its last attempt."""
    active = [ImportRun.Status.WAITING, ImportRun.Status.RUNNING]
    runs = list(ImportRun.objects.filter(status__in=active).values_list("pk", flat=True))
    pending = OxTask.objects.filter(  # read last: a run never precedes its job
        task_path=carry_out.module_path, status__in=[OxTask.Status.READY, OxTask.Status.RUNNING]
    )
    run_ids = {args[0] for args in pending.values_list("args", flat=True)}
    for pk in map(str, runs):
        if pk not in run_ids:
            jobs.fail_run(pk)
