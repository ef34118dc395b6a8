"""Background tasks: imports that were started in the browser."""

import uuid

from django.tasks import task

from broadsheet.transfer import jobs
from broadsheet.transfer.models import ImportRun


@task
def carry_out(run_id: str) -> None:
    """Execute the import run; do nothing if it no longer exists or has ended."""
    run = ImportRun.objects.select_related("author").filter(pk=uuid.UUID(run_id)).first()
    if run is not None:
        jobs.execute(run)
