"""Two versions of a post side by side, when two windows saved it."""

import datetime as dt
import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from broadsheet.posts.actions import PostInput
from broadsheet.posts.models import Post
from broadsheet.studio.forms.posts import PLAIN, filled_in

#: Longer texts are not compared line by line, since that takes quadratic time.
COMPARED_LINES = 5_000


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line that both texts have (" "), only the first ("-") or only the second ("+")."""

    kind: str
    text: str


def compare(before: str, after: str) -> list[DiffLine] | None:
    """Return the lines that differ with three around each; None where the texts are too long."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > COMPARED_LINES:
        return None
    lines = list(difflib.unified_diff(old, new, lineterm=""))[2:]
    return [
        DiffLine("@", "") if line.startswith("@@") else DiffLine(line[0], line[1:])
        for line in lines
    ]


class Comparison:
    """What stands in the database beside what was typed."""

    def __init__(self, current: Post, typed: PostInput) -> None:
        self.current = current
        self.typed = typed

    @cached_property
    def saved_by(self) -> str:
        """Who saved the current version; empty where their account is gone."""
        revision = self.current.revisions.select_related("saved_by").first()
        return revision.saved_by.name if revision and revision.saved_by else ""

    @property
    def saved_at(self) -> dt.datetime:
        """When the current version was saved."""
        return self.current.updated_at

    @cached_property
    def lines(self) -> list[DiffLine] | None:
        """How the texts differ."""
        return compare(self.current.content, self.typed["content"])

    @cached_property
    def fields(self) -> list[tuple[str, Any, Any]]:
        """The other fields that differ: name, theirs, what was typed."""
        theirs, mine = filled_in(self.current), dict(self.typed)
        mine["tags"] = ", ".join(self.typed.get("tags", ()))
        names = [name for name in (*PLAIN, "tags") if name != "content"]
        return [(name, theirs[name], mine[name]) for name in names if theirs[name] != mine[name]]
