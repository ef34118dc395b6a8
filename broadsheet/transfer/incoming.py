"""What a source yields: posts on their way in, and the files that are none."""

import uuid
from dataclasses import dataclass, field
from typing import NamedTuple

from broadsheet.posts.actions import NewPost


class Note(NamedTuple):
    """Something that was not kept as it was. `kind` is the same for all of its sort."""

    kind: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


@dataclass(slots=True)
class Incoming:
    """A post as its source tells it.

    `origin` is the name of its file, `digest` tells whether the source changed since. `old_path`
    is where the post was read before, `guessed_path` where it probably could be. What a site like
    this exported says which post it was there (`post_id`) and which `version` of it. Where it
    `is_identified`, another item of the same `source_id` is the same post.
    """

    origin: str
    source_id: str
    digest: str
    fields: NewPost
    notes: list[Note] = field(default_factory=list)
    is_garbled: bool = False
    remote_images: int = 0
    post_id: uuid.UUID | None = None
    version: int | None = None
    old_path: str = ""
    guessed_path: str = ""
    is_identified: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no post."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that should be a post and cannot be read."""

    origin: str
    reason: str


type Item = Incoming | Skipped | Unreadable
