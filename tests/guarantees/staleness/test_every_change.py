"""After every single change, no cached page differs from the newly rendered one."""

import pytest

from tests.guarantees.staleness import by_actions, by_columns, by_entry_points, by_rows, urls
from tests.guarantees.staleness.changes import Change
from tests.guarantees.staleness.conftest import CachedSite


def test_every_route_has_sample_urls() -> None:
    assert urls.routes() == set(urls.SAMPLES)


def test_every_action_is_covered() -> None:
    assert by_actions.all_actions() - by_actions.CHANGES.covered == set()


@pytest.mark.slow
@pytest.mark.parametrize("change", by_actions.CHANGES.values(), ids=str)
def test_no_page_is_stale_after_an_action(cached_site: CachedSite, change: Change) -> None:
    cached_site.assert_not_stale_after(change)


def test_every_column_is_covered() -> None:
    assert by_columns.columns() - by_rows.CHANGES.covered == set()


@pytest.mark.slow
@pytest.mark.parametrize("change", by_rows.CHANGES.values(), ids=str)
def test_no_page_is_stale_after_a_written_row(cached_site: CachedSite, change: Change) -> None:
    cached_site.assert_not_stale_after(change)


def test_every_entry_point_is_covered() -> None:
    assert (
        by_entry_points.entry_points()
        - by_entry_points.WITHOUT_CHANGES
        - by_entry_points.CHANGES.covered
        == set()
    )


@pytest.mark.parametrize("change", by_entry_points.CHANGES.values(), ids=str)
def test_no_page_is_stale_after_a_change_through_admin_command_or_task(
    cached_site: CachedSite, change: Change
) -> None:
    cached_site.assert_not_stale_after(change)
