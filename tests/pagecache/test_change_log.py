"""The log of changes stays short, and never so that a reader misses something."""

import pytest
from django.db import connection

from broadsheet.pagecache.change_log import prune
from broadsheet.pagecache.models import Change
from broadsheet.pagecache.tags import EVERYTHING, NOTHING

pytestmark = pytest.mark.django_db


def write(*tags: str, epochs: int = 1) -> None:
    """Write rows, so many of them to a transaction as PostgreSQL counts."""
    Change.objects.all().delete()
    is_sqlite = connection.vendor == "sqlite"
    Change.objects.bulk_create(
        Change(stamp=tag, epoch=0 if is_sqlite else 5 + number // epochs)
        for number, tag in enumerate(tags)
    )


def left() -> list[str]:
    return list(Change.objects.order_by("id").values_list("stamp", flat=True))


def test_the_newest_stay() -> None:
    write(*map(str, range(100)))
    assert prune(max_rows=10, batch_size=7) == 90
    assert left() == list(map(str, range(90, 100)))
    assert prune(max_rows=10) == 0


@pytest.mark.parametrize("rows", [0, 1, 9, 10])
def test_a_short_log_stays_as_it_is(rows: int) -> None:
    write(*map(str, range(rows)))
    assert prune(max_rows=10) == 0
    assert len(left()) == rows


def test_the_newest_row_always_stays() -> None:
    write(*map(str, range(5)))
    prune(max_rows=1)
    assert left() == ["4"]


def test_on_postgresql_a_transactions_rows_stay_or_go_together() -> None:
    write(*map(str, range(20)), epochs=8)
    prune(max_rows=10)
    first = 8 if connection.vendor == "postgresql" else 10
    assert left() == list(map(str, range(first, 20)))


def test_while_nothing_may_be_kept_the_log_says_so() -> None:
    write(EVERYTHING, NOTHING, *map(str, range(20)))
    assert prune(max_rows=5) == 0
    write(NOTHING, EVERYTHING, *map(str, range(20)))
    assert prune(max_rows=5) == 17


def test_statements_are_few_and_each_is_short(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    write(*map(str, range(1_000)))
    with django_assert_num_queries(2 + 2 * 4 + 1):  # type: ignore[operator]
        prune(max_rows=10, batch_size=250)
