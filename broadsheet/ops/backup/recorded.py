"""A backup, of which it is remembered how it ended."""

from collections.abc import Iterable
from contextlib import suppress

from django.db import Error
from django.utils import timezone

from broadsheet.ops.backup import making
from broadsheet.ops.backup.crypt import Recipient
from broadsheet.ops.backup.failure import Failure
from broadsheet.ops.backup.making import Made, Say
from broadsheet.ops.backup.places import Place
from broadsheet.ops.models import Backup


def make(place: Place, say: Say, also: Iterable[Recipient] = (), *, label: str = "") -> Made:
    """Write an archive of the site as it is now to `place`. As `making.make`."""
    row = Backup(started_at=timezone.now(), target=str(place)[:1000])
    try:
        made = making.make(place, say, also, label=label)
    except Failure as failure:
        row.error = str(failure)
        raise
    else:
        row.name, row.size = made.name, made.size
    finally:
        if row.name or row.error:
            row.finished_at = timezone.now()
            with suppress(Error):  # where the database is the reason, nothing is remembered
                row.save()
    return made
