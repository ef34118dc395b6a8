"""Records that an importer yields: posts, and files that are not imported."""

import uuid
from dataclasses import dataclass, field
from typing import NamedTuple

from broadsheet.posts.actions import NewPostInput


class Note(NamedTuple):
    """A loss or change that the report lists. Notes are counted by `kind`."""

    kind: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


@dataclass(slots=True)
class PostRecord:
    """A post as read from its source.

    `origin` is the name of its file; `digest` changes when the source does. `old_path` is the
    post's former URL path, `guessed_path` a probable one. An export of a Broadsheet site names the
    post (`post_id`) and its `version`. If `is_identified`, another record with the same
    `source_id` is the same post.
    """

    origin: str
    source_id: str
    digest: str
    fields: NewPostInput
    notes: list[Note] = field(default_factory=list)
    is_garbled: bool = False
    remote_images: int = 0
    post_id: uuid.UUID | None = None
    version: int | None = None
    old_path: str = ""
    guessed_path: str = ""
    is_identified: bool = False


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not a post."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that should be a post but cannot be read."""

    origin: str
    reason: str


type SourceItem = PostRecord | SkippedFile | UnreadableFile
