"""What this room does when there is news of imports."""

from typing import Any

from django.dispatch import receiver

from broadsheet.transfer.models import ImportRun
from broadsheet.transfer.signals import import_asked_for
from broadsheet.transfer.tasks import carry_out


@receiver(import_asked_for)
def import_in_the_background(run: ImportRun, **_news: Any) -> None:
    """Hand the import to a worker."""
    carry_out.enqueue(str(run.pk))
