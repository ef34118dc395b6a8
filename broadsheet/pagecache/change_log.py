"""Change log: read the changes since a position, and delete old rows."""

from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from broadsheet.pagecache.models import Change
from broadsheet.pagecache.tags import EVERYTHING, NOTHING

#: Rows that `prune` retains. For a process that missed older rows, everything has changed.
MAX_ROWS = 100_000

_SQLITE = """
SELECT id, stamp, NULL, NULL FROM pagecache_change WHERE id > %s
UNION ALL SELECT NULL, NULL, coalesce(min(id), 0), coalesce(max(id), 0) FROM pagecache_change
"""
# A snapshot's xmin is the oldest transaction whose rows may still become visible after it.
_POSTGRESQL = """
SELECT id, stamp, NULL, NULL FROM pagecache_change WHERE epoch >= %s
UNION ALL SELECT NULL, NULL, (SELECT coalesce(min(epoch), 0) FROM pagecache_change),
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""


class ChangeBatch(NamedTuple):
    """Rows (id, tag) after a position, and the `position` to read from next.

    `is_complete` is false if the log was pruned beyond the position that was asked for.
    """

    rows: list[tuple[int, str]]
    is_complete: bool
    position: int


def read_changes(position: int | None) -> ChangeBatch:
    """Return the changes since `position` (None: all); on PostgreSQL some of them again.

    Rows become visible there in the order of commits. So a position is a transaction number, and
    all rows of that transaction and later ones are returned, also those that were returned before.
    """
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE if is_sqlite else _POSTGRESQL, [position or 0])
        *rows, (_id, _tag, first, next_position) = cursor.fetchall()
    is_complete = position is not None and (
        first <= position <= next_position or (is_sqlite and first == position + 1)
    )
    return ChangeBatch([(pk, tag) for pk, tag, _first, _next in rows], is_complete, next_position)


def prune(max_rows: int = MAX_ROWS, batch_size: int = 2_000) -> int:
    """Delete the oldest rows but about `max_rows`, in short transactions; return their number.

    The remaining rows tell a process whether it has missed some. Nothing is deleted while the last
    mark in the log says that nothing may be cached.
    """
    marks = Change.objects.filter(tag__in=[EVERYTHING, NOTHING]).order_by("-id")
    if marks.values_list("tag", flat=True).first() == NOTHING:
        return 0
    deleted = 0
    old_rows = _old_rows(max_rows)
    while batch := list(old_rows.values_list("id", flat=True)[:batch_size]):
        deleted += Change.objects.filter(id__in=batch).delete()[0]
    return deleted


def _old_rows(max_rows: int) -> QuerySet[Change]:
    """Return the rows before the newest `max_rows`; on PostgreSQL only whole transactions.

    There a process remembers which transactions it has seen, not which rows.
    """
    log = Change.objects.order_by("-epoch", "-id")
    last = log.values("epoch", "id")[max_rows - 1 : max_rows].first()
    if last is None:
        return Change.objects.none()
    if connection.vendor == "postgresql":
        return Change.objects.filter(epoch__lt=last["epoch"]).order_by("epoch", "id")
    return Change.objects.filter(id__lt=last["id"]).order_by("id")
