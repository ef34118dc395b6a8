"""The log of changes as a whole: what is new in it, and that it stays short."""

from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from broadsheet.pagecache.models import Change
from broadsheet.pagecache.tags import EVERYTHING, NOTHING

#: How many rows stay. Who has not read for longer takes everything for changed.
KEPT = 100_000

_SQLITE = """
SELECT id, stamp, NULL, NULL FROM pagecache_change WHERE id > %s
UNION ALL SELECT NULL, NULL, coalesce(min(id), 0), coalesce(max(id), 0) FROM pagecache_change
"""
# A snapshot's xmin is the oldest transaction of which something may become visible after it.
_POSTGRESQL = """
SELECT id, stamp, NULL, NULL FROM pagecache_change WHERE epoch >= %s
UNION ALL SELECT NULL, NULL, (SELECT coalesce(min(epoch), 0) FROM pagecache_change),
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""


class News(NamedTuple):
    """What may be new since a position: all `rows`, if the log `is_whole`; `now` is the next."""

    rows: list[tuple[int, str]]
    is_whole: bool
    now: int


def news(position: int | None) -> News:
    """Return what was written since `position`, or since ever; on PostgreSQL some of it again.

    Rows become visible there in the order of commits: so a position is a transaction's number, and
    what that transaction and later ones wrote is returned, whether or not it was before.
    """
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE if is_sqlite else _POSTGRESQL, [position or 0])
        *rows, (_id, _tag, first, now) = cursor.fetchall()
    is_whole = position is not None and (
        first <= position <= now or (is_sqlite and first == position + 1)
    )
    return News([(pk, tag) for pk, tag, _first, _now in rows], is_whole, now)


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
