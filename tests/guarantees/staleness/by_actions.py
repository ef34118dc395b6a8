"""Deeds: every action of every room."""

import inspect
from types import ModuleType

from broadsheet.accounts import actions as accounts
from broadsheet.media import actions as media
from broadsheet.posts import actions as posts
from broadsheet.publication import actions as publication
from tests.guarantees.staleness import by_running, by_writing
from tests.guarantees.staleness.deeds import Deeds, name_of

DEEDS = Deeds(by_writing.DEEDS | by_running.DEEDS)


def all_actions() -> set[str]:
    """Return every public function of the rooms' actions."""
    return {name for room in (posts, publication, accounts, media) for name in _public(room)}


def _public(room: ModuleType) -> set[str]:
    found = inspect.getmembers(room, inspect.isfunction)
    names = getattr(room, "__all__", None)
    return {
        name_of(f)
        for name, f in found
        if (name in names if names else f.__module__ == room.__name__ and name[0] != "_")
    }
