"""Pages as files that nginx serves by itself, for one host: never stale after an answer."""

from collections.abc import Callable
from functools import cache

from django.conf import settings

from broadsheet.lib.env import StartupError
from broadsheet.pagecache.front import commits
from broadsheet.pagecache.front.files import Front
from broadsheet.pagecache.front.release import fingerprint
from broadsheet.pagecache.front.writer import OfferingShelf
from broadsheet.pagecache.pages import Page, Shelf

__all__ = ["begin", "of_this_process", "watch"]


@cache
def of_this_process() -> Front:
    """Return the front of the site."""
    return Front(settings.DATA / "front", fingerprint)


def watch() -> None:
    """Keep the files right whatever this process commits; without the setting, take them away.

    Another process may have the setting all the same, so where there is a folder, it is cared for.
    """
    if settings.FRONT_FILES or (settings.DATA / "front").exists():
        commits.watch(of_this_process())
    if not settings.FRONT_FILES:
        of_this_process().take_away()


def begin(capacity: int, proves: Callable[[], bool]) -> Shelf[Page]:
    """Bring the files in order, and return a shelf whose popular pages become files.

    `proves` makes certain that what lies on the shelf holds, and returns whether it could. Raises
    StartupError where another node is on the same database.
    """
    if not capacity:
        return Shelf(capacity)
    front = of_this_process()
    front.reconcile()
    front.rest()
    if front.has_company:
        raise StartupError(
            "BROADSHEET_FRONT_FILES: another machine or data folder uses the same database "
            "and could make this one's files stale. For example: BROADSHEET_FRONT_FILES=no"
        )
    return OfferingShelf(capacity, front, proves)
