"""Whatever is done, no page that is kept differs from the page as it would be made afresh."""

import pytest

from tests.guarantees.staleness import addresses, by_actions, by_columns, by_doors, by_rows
from tests.guarantees.staleness.conftest import Stage
from tests.guarantees.staleness.deeds import Deed

#: Changes that are tried without --slow too: of each kind of page, and of each kind of door.
QUICK = {
    "admin accounts.User deactivate", "admin media.Image change", "admin posts.Post change",
    "admin posts.Tag change", "admin publication.Redirect add", "admin publication.Site change",
    "import at the console", "keep house right after a change", "publish what is due",
    "relate in the background",
}  # fmt: skip


def test_every_route_has_its_addresses() -> None:
    assert addresses.routes() == set(addresses.ROWS)


def test_every_action_has_its_deeds() -> None:
    assert by_actions.all_actions() - by_actions.DEEDS.tried == set()


@pytest.mark.slow
@pytest.mark.parametrize("deed", by_actions.DEEDS.values(), ids=str)
def test_an_action_leaves_nothing_stale(stage: Stage, deed: Deed) -> None:
    stage.try_out(deed)


def test_the_quick_deeds_are_there() -> None:
    assert by_doors.DEEDS.keys() >= QUICK


def test_every_column_has_its_deed() -> None:
    assert by_columns.columns() - by_rows.DEEDS.tried == set()


@pytest.mark.slow
@pytest.mark.parametrize("deed", by_rows.DEEDS.values(), ids=str)
def test_a_row_that_is_written_leaves_nothing_stale(stage: Stage, deed: Deed) -> None:
    stage.try_out(deed)


def test_every_door_has_its_deeds() -> None:
    assert by_doors.ours() - by_doors.WRITE_NOTHING - by_doors.DEEDS.tried == set()


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(deed, marks=[] if name in QUICK else [pytest.mark.slow])
        for name, deed in by_doors.DEEDS.items()
    ],
    ids=str,
)
def test_what_comes_in_by_another_door_leaves_nothing_stale(stage: Stage, deed: Deed) -> None:
    stage.try_out(deed)
