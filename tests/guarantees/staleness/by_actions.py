"""Changes by every action of every app."""

import inspect
from types import ModuleType

from broadsheet.accounts import actions as accounts
from broadsheet.media import actions as media
from broadsheet.posts import actions as posts
from broadsheet.publication import actions as publication
from broadsheet.statistics import actions as statistics
from tests.guarantees.staleness import by_other_actions, by_post_actions
from tests.guarantees.staleness.changes import Changes, name_of

CHANGES = Changes(by_post_actions.CHANGES | by_other_actions.CHANGES)


def all_actions() -> set[str]:
    """Return every public function in the actions of these apps."""
    return {
        name
        for module in (posts, publication, accounts, media, statistics)
        for name in _public_functions(module)
    }


def _public_functions(module: ModuleType) -> set[str]:
    functions = inspect.getmembers(module, inspect.isfunction)
    exported = getattr(module, "__all__", None)
    return {
        name_of(function)
        for name, function in functions
        if (name in exported if exported else _is_own(module, function) and name[0] != "_")
    }


def _is_own(module: ModuleType, function: object) -> bool:
    return function.__module__ == module.__name__
