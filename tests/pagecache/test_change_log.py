"""The log of changes is pruned, but never so that a process misses a change."""

import pytest
from django.db import connection

from broadsheet.pagecache.change_log import prune
from broadsheet.pagecache.models import Change
from broadsheet.pagecache.tags import EVERYTHING, NOTHING

pytestmark = pytest.mark.django_db


def write(*tags: str, per_transaction: int = 1) -> None:
    """Write rows, with `per_transaction` rows per transaction on PostgreSQL."""
    Change.objects.all().delete()
    is_sqlite = connection.vendor == "sqlite"
    Change.objects.bulk_create(
        Change(tag=tag, epoch=0 if is_sqlite else 5 + number // per_transaction)
        for number, tag in enumerate(tags)
    )


def remaining() -> list[str]:
    return list(Change.objects.order_by("id").values_list("tag", flat=True))


def test_the_newest_rows_are_kept() -> None:
    write(*map(str, range(100)))
    assert prune(max_rows=10, batch_size=7) == 90
    assert remaining() == list(map(str, range(90, 100)))
    assert prune(max_rows=10) == 0


@pytest.mark.parametrize("rows", [0, 1, 9, 10])
def test_a_short_log_is_not_pruned(rows: int) -> None:
    write(*map(str, range(rows)))
    assert prune(max_rows=10) == 0
    assert len(remaining()) == rows


def test_the_newest_row_is_always_kept() -> None:
    write(*map(str, range(5)))
    prune(max_rows=1)
    assert remaining() == ["4"]


def test_on_postgresql_the_rows_of_a_transaction_are_pruned_together() -> None:
    write(*map(str, range(20)), per_transaction=8)
    prune(max_rows=10)
    first_kept = 8 if connection.vendor == "postgresql" else 10
    assert remaining() == list(map(str, range(first_kept, 20)))


def test_the_marker_that_disables_caching_is_not_pruned() -> None:
    write(EVERYTHING, NOTHING, *map(str, range(20)))
    assert prune(max_rows=5) == 0
    write(NOTHING, EVERYTHING, *map(str, range(20)))
    assert prune(max_rows=5) == 17


def test_rows_are_deleted_in_few_batches(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    write(*map(str, range(1_000)))
    with django_assert_num_queries(2 + 2 * 4 + 1):  # type: ignore[operator]
        prune(max_rows=10, batch_size=250)
