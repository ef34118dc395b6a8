"""Changes by name: every way in which something that visitors see can change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.guarantees.staleness.world import World


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """A change of the world. `covers` names the actions, columns or commands that it tests."""

    name: str
    covers: frozenset[str]
    apply: Callable[[World], object]
    is_visible: bool = True  # to visitors

    def __repr__(self) -> str:
        return self.name


class Changes(dict[str, Change]):
    """Changes by name."""

    def declare(self, *covers: object, is_visible: bool = True) -> Callable[[Any], Any]:
        """Add the decorated function as a change that tests `covers`."""

        def decorate(apply: Callable[[World], object]) -> Callable[[World], object]:
            name = apply.__name__.replace("_", " ").strip()
            self.add(name, covers, apply, is_visible=is_visible)
            return apply

        return decorate

    def add(
        self,
        name: str,
        covers: Iterable[object],
        apply: Callable[[World], object],
        *,
        is_visible: bool = True,
    ) -> None:
        """Add a change."""
        assert name not in self, f"two changes are called “{name}”"
        self[name] = Change(name, frozenset(map(name_of, covers)), apply, is_visible)

    @property
    def covered(self) -> set[str]:
        """Names of everything that at least one change tests."""
        return {name for change in self.values() for name in change.covers}


def name_of(covered: Any) -> str:
    """Return the name of a function, such as `posts.actions.edit`; a string is a name already."""
    if isinstance(covered, str):
        return covered
    return f"{covered.__module__.removeprefix('broadsheet.')}.{covered.__name__}"
