"""What is done to the world: each way in which anything that the public sees can change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.guarantees.staleness.world import World


@dataclass(frozen=True, slots=True, repr=False)
class Deed:
    """Something that is done. `of` is what of the site it tries; `tells`: readers see it."""

    name: str
    of: frozenset[str]
    do: Callable[[World], object]
    tells: bool = True

    def __repr__(self) -> str:
        return self.name


class Deeds(dict[str, Deed]):
    """Deeds by name."""

    def by(self, *of: object, tells: bool = True) -> Callable[[Any], Any]:
        """Declare a function to be the deed that tries `of`."""

        def declare(do: Callable[[World], object]) -> Callable[[World], object]:
            self.add(do.__name__.replace("_", " ").strip(), of, do, tells=tells)
            return do

        return declare

    def add(
        self, name: str, of: Iterable[object], do: Callable[[World], object], *, tells: bool = True
    ) -> None:
        """Declare a deed."""
        assert name not in self, f"two deeds are called “{name}”"
        self[name] = Deed(name, frozenset(map(name_of, of)), do, tells)

    @property
    def tried(self) -> set[str]:
        """All that is tried by one of them."""
        return {name for deed in self.values() for name in deed.of}


def name_of(thing: Any) -> str:
    """Return what a function, or whatever is tried, is called."""
    if isinstance(thing, str):
        return thing
    return f"{thing.__module__.removeprefix('broadsheet.')}.{thing.__name__}"
