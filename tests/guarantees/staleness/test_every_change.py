"""After every single change, no cached page differs from the newly rendered one."""

import pytest

from tests.guarantees.staleness import by_actions, by_columns, by_entry_points, by_rows, urls
from tests.guarantees.staleness.changes import Change
from tests.guarantees.staleness.conftest import CachedSite

#: Changes that are tried without --slow, too: one of each kind of entry point.
QUICK = {"admin posts.Post change", "import by command", "publish what is due"}


def test_every_route_has_sample_urls() -> None:
    assert urls.routes() == set(urls.SAMPLES)


def test_every_action_is_covered() -> None:
    assert by_actions.all_actions() - by_actions.CHANGES.covered == set()


@pytest.mark.slow
@pytest.mark.parametrize("change", by_actions.CHANGES.values(), ids=str)
def test_no_page_is_stale_after_an_action(cached_site: CachedSite, change: Change) -> None:
    cached_site.assert_not_stale_after(change)


def test_the_quick_changes_exist() -> None:
    assert by_entry_points.CHANGES.keys() >= QUICK


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


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(change, marks=[] if name in QUICK else [pytest.mark.slow])
        for name, change in by_entry_points.CHANGES.items()
    ],
    ids=str,
)
def test_no_page_is_stale_after_a_change_through_admin_command_or_task(
    cached_site: CachedSite, change: Change
) -> None:
    cached_site.assert_not_stale_after(change)
