"""Read model of a bulk change: how far it is, and what was left as it is."""

from dataclasses import dataclass

from django.db.models import Count

from broadsheet.posts.models import BulkChange, BulkChangeItem

_State = BulkChangeItem.State


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """Numbers of posts, and the items that were skipped or not undone, with their posts."""

    total: int
    done: int
    changed: int
    unchanged: int
    undone: int
    left_out: list[BulkChangeItem]


def of(bulk: BulkChange) -> BulkProgress:
    """Return the progress of a bulk change, of its undoing once that has begun."""
    rows = bulk.items.order_by().values_list("state").annotate(Count("pk"))
    counts = dict.fromkeys(_State.values, 0) | dict(rows)
    total = sum(counts.values())
    is_undo = bulk.state in (BulkChange.State.UNDOING, BulkChange.State.UNDONE)
    waiting = counts[_State.CHANGED] if is_undo else counts[_State.WAITING]
    left_out = bulk.items.filter(state__in=[_State.SKIPPED, _State.KEPT]).order_by("pk")
    return BulkProgress(
        total=total,
        done=total - waiting,
        changed=counts[_State.CHANGED],
        unchanged=counts[_State.UNCHANGED],
        undone=counts[_State.UNDONE],
        left_out=list(left_out.select_related("post").defer("post__content", "post__html")),
    )
