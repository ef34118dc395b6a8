"""Background work: imports that were started in the browser."""

import uuid

from django.tasks import task

from broadsheet.transfer import runs
from broadsheet.transfer.models import ImportRun


@task
def carry_out(run_id: str) -> None:
    """Import what the run is about; one that is gone or over by now is passed over."""
    run = ImportRun.objects.select_related("author").filter(pk=uuid.UUID(run_id)).first()
    if run is not None:
        runs.carry_out(run)
