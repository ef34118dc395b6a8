"""What goes into the index and what comes out."""

import uuid
from dataclasses import dataclass
from typing import Self

from broadsheet.search.marks import END, LESS, START

BODY = 200_000  # characters of a body that are searched

_UNSTORABLE = str.maketrans("", "", f"\x00{START}{END}{LESS}")


@dataclass(frozen=True, slots=True)
class Document:
    """What can be found. All fields are plain text."""

    id: uuid.UUID
    title: str
    body: str
    tags: str

    def storable(self) -> Self:
        """Return it without what a database or the marking of hits cannot take."""
        return type(self)(
            self.id, _storable(self.title), _storable(self.body[:BODY]), _storable(self.tags)
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found. `title` and `snippet` are safe HTML with `<mark>`."""

    id: uuid.UUID
    title: str
    snippet: str


def _storable(text: str) -> str:
    return text.translate(_UNSTORABLE).encode("utf-8", "replace").decode()
