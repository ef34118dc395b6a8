"""The backup that Hashnode keeps on GitHub: a Markdown file for each post."""

import hashlib
from pathlib import PurePosixPath

from broadsheet.transfer import text as texts
from broadsheet.transfer.hashnode import cuid, front_matter, legacy, mapping
from broadsheet.transfer.incoming import Incoming, Item, Note, Skipped, Unreadable
from broadsheet.transfer.sources import Source

_NO_POSTS = frozenset(
    "readme license licence contributing changelog code_of_conduct security support notice".split()
)


def to_item(source: Source, name: str, *, fixes_encoding: bool) -> Item:
    """Return what the file `name` holds. Nothing that is in it raises."""
    path = PurePosixPath(name)
    if path.suffix.lower() not in {".md", ".markdown", ".mdx"}:
        return Skipped(name, "is no Markdown file")
    if path.stem.lower() in _NO_POSTS:
        return Skipped(name, "belongs to the repository")
    try:
        data = source.read(name)
    except (OSError, ValueError) as error:
        return Unreadable(name, str(error))
    notes: list[Note] = []
    text = texts.decode(data, notes)
    is_garbled = texts.is_garbled(text)
    if is_garbled and fixes_encoding:
        text, is_garbled = texts.repaired(text), False
        notes.append(Note("wrongly decoded text, repaired"))
    elif is_garbled:
        notes.append(Note("wrongly decoded text (--fix-encoding repairs it)"))
    item = _post(name, text, hashlib.sha256(data).hexdigest())
    if isinstance(item, Incoming):
        item.notes[:0] = notes
        item.is_garbled = is_garbled
    return item


def _post(name: str, text: str, digest: str) -> Item:
    stem = PurePosixPath(name).stem
    is_draft = stem.startswith("draft-")
    identifier = stem.removeprefix("draft-")
    head, content = front_matter.split(text)
    if head is not None and (head.keys() & {"title", "cuid", "slug", "datePublished"} or is_draft):
        own = str(head.get("cuid") or identifier)
        return mapping.to_post(
            name, head, content, identifier=own, digest=digest, is_draft=is_draft
        )
    if not text.strip():
        return Skipped(name, "is empty")
    if not (is_draft or cuid.is_identifier(identifier)):
        return Skipped(name, "has neither a head nor the name of a post")
    title, content = legacy.split(text)
    return mapping.to_post(
        name, {"title": title}, content, identifier=identifier, digest=digest, is_draft=is_draft
    )
