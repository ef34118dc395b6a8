"""The backup that Hashnode keeps on GitHub: a Markdown file for each post."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from broadsheet.transfer import text as texts
from broadsheet.transfer import visibility
from broadsheet.transfer.hashnode import cuid, front_matter, legacy, mapping
from broadsheet.transfer.incoming import Incoming, Item, Note, Skipped, Unreadable
from broadsheet.transfer.sources import Source

_NO_POSTS = frozenset(
    "readme license licence contributing changelog code_of_conduct security support notice".split()
)
ENDINGS = (".md", ".markdown", ".mdx")
_DRAFT = "draft-"


def load(source: Source, name: str) -> "File | Item":
    """Return the file of the post that `name` holds, or why it holds none."""
    if reason := _no_post(name):
        return Skipped(name, reason)
    try:
        data = source.read(name)
    except (OSError, ValueError) as error:
        return Unreadable(name, str(error))
    notes: list[Note] = []
    text = texts.decode(data, notes)
    is_draft = visibility.is_in_drafts(source, name) or _stem(name).lower().startswith(_DRAFT)
    digest = hashlib.sha256(data).hexdigest()
    file = File(name, text, digest, notes, is_draft, *front_matter.split(text))
    if file.has_head:
        return file
    if not text.strip():
        return Skipped(name, "is empty")
    if not (file.is_draft or cuid.is_identifier(file.identifier)):
        return Skipped(name, "has neither a head nor the name of a post")
    return file


def _no_post(name: str) -> str:
    """Return why a file of this name is no post; empty where it may be one."""
    if not name.lower().endswith(ENDINGS):
        return "is no Markdown file"
    return "belongs to the repository" if _stem(name).lower() in _NO_POSTS else ""


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


@dataclass(frozen=True, slots=True)
class File:
    """The file of a post, read and not yet converted."""

    name: str
    text: str
    digest: str
    notes: list[Note]
    is_draft: bool
    head: dict[str, front_matter.Value] | None
    content: str

    @property
    def identifier(self) -> str:
        """What the name says of the post's identifier."""
        stem = _stem(self.name)
        return stem[len(_DRAFT) :] if stem.lower().startswith(_DRAFT) else stem

    @property
    def has_head(self) -> bool:
        """Whether it begins with a head; the older backup's files do not."""
        known = {"title", "cuid", "slug", "datePublished"}
        return self.head is not None and (not known.isdisjoint(self.head) or self.is_draft)

    @property
    def rank(self) -> int:
        """When its turn is to choose a slug."""
        head = self.head if self.head is not None and self.has_head else {}
        return mapping.rank(head, is_draft=self.is_draft)

    def to_post(self, *, fixes_encoding: bool) -> Incoming:
        """Return the post."""
        text, head, content, notes = self.text, self.head, self.content, [*self.notes]
        is_garbled = texts.is_garbled(text)
        if is_garbled and fixes_encoding:
            text, is_garbled = texts.repaired(text), False
            head, content = front_matter.split(text)
            notes.append(Note("wrongly decoded text, repaired"))
        elif is_garbled:
            notes.append(Note("wrongly decoded text (--fix-encoding repairs it)"))
        identifier = self.identifier
        if head is None or not self.has_head:
            title, content = legacy.split(text)
            head = {"title": title}
        else:
            identifier = str(head.get("cuid") or identifier)
        post = mapping.to_post(
            self.name,
            head,
            content,
            identifier=identifier,
            digest=self.digest,
            is_draft=self.is_draft,
            estimates_date=cuid.is_cuid(identifier),
        )
        post.notes[:0] = notes
        post.is_garbled = is_garbled
        return post
