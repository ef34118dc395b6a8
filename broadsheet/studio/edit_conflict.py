"""Edit conflicts: comparison of the saved and the unsaved version of a post."""

import datetime as dt
import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from broadsheet.posts.actions import PostInput
from broadsheet.posts.models import Post
from broadsheet.studio.forms.posts import PLAIN_FIELDS, PostForm, initial_data

#: Longer texts are not compared line by line, which takes quadratic time.
MAX_LINES = 5_000


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of both texts (" "), of the first ("-") or of the second ("+"), or a gap ("@")."""

    kind: str
    text: str


def compare(before: str, after: str) -> list[DiffLine] | None:
    """Return the different lines with three lines of context; None if the texts are too long."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > MAX_LINES:
        return None
    lines = list(difflib.unified_diff(old, new, lineterm=""))[2:]
    return [
        DiffLine("@", "") if line.startswith("@@") else DiffLine(line[0], line[1:])
        for line in lines
    ]


class VersionComparison:
    """The saved version of a post and the unsaved one of the user."""

    def __init__(self, current: Post, unsaved: PostInput) -> None:
        self.current = current
        self.unsaved = unsaved

    @cached_property
    def saved_by(self) -> str:
        """Name of the user who saved the current version; empty if unknown."""
        revision = self.current.revisions.select_related("saved_by").first()
        return revision.saved_by.name if revision and revision.saved_by else ""

    @property
    def saved_at(self) -> dt.datetime:
        """The time at which the current version was saved."""
        return self.current.updated_at

    @cached_property
    def lines(self) -> list[DiffLine] | None:
        """Differences of the texts."""
        return compare(self.current.content, self.unsaved["content"])

    @cached_property
    def fields(self) -> list[tuple[Any, Any, Any]]:
        """Other fields that differ: label, saved value, unsaved value."""
        saved, unsaved = initial_data(self.current), dict(self.unsaved)
        unsaved["tags"] = ", ".join(self.unsaved.get("tags", ()))
        names = [name for name in (*PLAIN_FIELDS, "tags") if name != "content"]
        return [
            (PostForm.base_fields[name].label, saved[name], unsaved[name])
            for name in names
            if saved[name] != unsaved[name]
        ]
