"""The log of changes as a whole: kept short."""

from django.db import connection
from django.db.models import QuerySet

from broadsheet.pagecache.models import Change
from broadsheet.pagecache.stamps import EVERYTHING, NOTHING

#: How many rows stay. A process that has not looked for longer drops all of its pages.
KEPT = 100_000


def prune(kept: int = KEPT, at_a_time: int = 2_000) -> int:
    """Delete the oldest rows until about `kept` are left, in short transactions; return how many.

    By what is left a reader sees whether it has missed something. Nothing is deleted while the last
    word of the log is that nothing may be kept.
    """
    marks = Change.objects.filter(stamp__in=[EVERYTHING, NOTHING]).order_by("-id")
    if marks.values_list("stamp", flat=True).first() == NOTHING:
        return 0
    deleted = 0
    old = _older(kept)
    while batch := list(old.values_list("id", flat=True)[:at_a_time]):
        deleted += Change.objects.filter(id__in=batch).delete()[0]
    return deleted


def _older(kept: int) -> QuerySet[Change]:
    """Return the rows before the newest `kept`; of a transaction's rows on PostgreSQL, all or none.

    There a reader remembers which transactions it has seen, and not which rows.
    """
    log = Change.objects.order_by("-epoch", "-id")
    last = log.values("epoch", "id")[kept - 1 : kept].first()
    if last is None:
        return Change.objects.none()
    if connection.vendor == "postgresql":
        return Change.objects.filter(epoch__lt=last["epoch"]).order_by("epoch", "id")
    return Change.objects.filter(id__lt=last["id"]).order_by("id")
