"""Hashnode's backup on GitHub: one Markdown file per post."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from broadsheet.transfer import encoding, visibility
from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.importers.hashnode import cuid, front_matter, legacy_layout, mapping
from broadsheet.transfer.records import Note, PostRecord, SkippedFile, SourceItem, UnreadableFile

_REPOSITORY_FILES = frozenset(
    "readme license licence contributing changelog code_of_conduct security support notice".split()
)
EXTENSIONS = (".md", ".markdown", ".mdx")
_DRAFT_PREFIX = "draft-"


def load_file(source: FileSource, name: str) -> "BackupFile | SourceItem":
    """Return the file of a post, or an item that says why it is not one."""
    if reason := _skip_reason(name):
        return SkippedFile(name, reason)
    try:
        data = source.read(name)
    except (OSError, ValueError) as error:
        return UnreadableFile(name, str(error))
    notes: list[Note] = []
    text = encoding.decode(data, notes)
    is_draft = visibility.is_in_drafts(source, name) or _stem(name).lower().startswith(
        _DRAFT_PREFIX
    )
    digest = hashlib.sha256(data).hexdigest()
    head, content = front_matter.split(text)
    if head is None and front_matter.withholds(text):
        is_draft = True
        notes.append(Note("front matter that cannot be read and withholds the post"))
    file = BackupFile(name, text, digest, notes, is_draft, head, content)
    if file.has_front_matter:
        return file
    if not text.strip():
        return SkippedFile(name, "is empty")
    if not (file.is_draft or cuid.is_identifier(file.identifier)):
        return SkippedFile(name, "has neither front matter nor the file name of a post")
    return file


def _skip_reason(name: str) -> str:
    """Return why a file of this name is not a post; empty if it can be one."""
    if not name.lower().endswith(EXTENSIONS):
        return "is not a Markdown file"
    return "is a file of the repository" if _stem(name).lower() in _REPOSITORY_FILES else ""


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


@dataclass(frozen=True, slots=True)
class BackupFile:
    """File of a post, read but not yet converted."""

    name: str
    text: str
    digest: str
    notes: list[Note]
    is_draft: bool
    head: dict[str, front_matter.Value] | None
    content: str

    @property
    def identifier(self) -> str:
        """The post's identifier, from the file name."""
        stem = _stem(self.name)
        return stem[len(_DRAFT_PREFIX) :] if stem.lower().startswith(_DRAFT_PREFIX) else stem

    @property
    def has_front_matter(self) -> bool:
        """Whether the file begins with front matter; files of the older backup do not."""
        keys = {"title", "cuid", "slug", "datePublished"}
        if self.head is None:
            return False
        is_withheld = self.is_draft or bool(visibility.withholding_key(self.head))
        return is_withheld or not keys.isdisjoint(self.head)

    @property
    def slug_pass(self) -> int:
        """Pass in which the post gets its slug."""
        head = self.head if self.head is not None and self.has_front_matter else {}
        return mapping.slug_pass(head, is_draft=self.is_draft)

    def to_post(self, *, fixes_encoding: bool) -> PostRecord:
        """Convert the file to a post record."""
        text, head, content, notes = self.text, self.head, self.content, [*self.notes]
        is_garbled = encoding.is_garbled(text)
        if is_garbled and fixes_encoding:
            text, is_garbled = encoding.repair_text(text), False
            head, content = front_matter.split(text)
            notes.append(Note("wrongly decoded text, repaired"))
        elif is_garbled:
            notes.append(Note("wrongly decoded text (--fix-encoding repairs it)"))
        identifier = self.identifier
        if head is None or not self.has_front_matter:
            title, content = legacy_layout.split(text)
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
