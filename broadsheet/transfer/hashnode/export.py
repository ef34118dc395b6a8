"""The JSON export of Hashnode's dashboard, and the likes of it that its API gives."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from broadsheet.transfer import faults, foreign, visibility
from broadsheet.transfer import text as texts
from broadsheet.transfer.hashnode import mapping, stream
from broadsheet.transfer.hashnode.mapping import RANKS
from broadsheet.transfer.incoming import Incoming, Item, Note, Skipped, Unreadable
from broadsheet.transfer.sources import Source

#: Where each key of the backup's head may stand in an export.
_PLACES = {
    "title": ("title",),
    "subtitle": ("subtitle",),
    "slug": ("slug",),
    "datePublished": ("datePublished", "publishedAt", "dateAdded"),
    "dateUpdated": ("dateUpdated", "updatedAt"),
    "cover": ("coverImage", "coverImage.url", "cover"),
    "ogImage": ("ogImage", "ogMetaData.image", "seo.ogImage"),
    "brief": ("brief",),
    "tags": ("tags",),
    "series": ("series.name", "series"),
    "canonical": ("originalArticleURL", "canonicalUrl", "canonical"),
    "seoTitle": ("metaTitle", "seo.title", "seoTitle"),
    "seoDescription": ("metaDescription", "seo.description", "seoDescription"),
    "disableComments": ("disableComments", "disabledComments", "preferences.disableComments"),
    "enableToc": ("enableToc", "hasTableOfContent", "features.tableOfContents.isEnabled"),
    "isDelisted": ("isDelisted", "preferences.isDelisted"),
}
_PUBLISHED = {"datePublished", "publishedAt"}
_BODIES = ("contentMarkdown", "content.markdown", "markdown", "content.html", "content", "html")
_KNOWN = {place.split(".")[0] for places in (*_PLACES.values(), _BODIES) for place in places} | set(
    "_id id cuid __typename type isActive isDelisted brief readTime author publication seo content"
    " partOfPublication slugOverridden hasCustomDate url createdAt".split()
)


def to_items(source: Source, name: str, *, fixes_encoding: bool) -> Iterator[Item]:
    """Yield what the export holds, in the order in which posts may choose their slugs.

    It is read again for each turn but the first, so memory does not grow with its size. Raises
    Unsuitable for an export of another program; nothing else that is in it raises.
    """
    waiting: dict[int, set[int]] = {}
    for turn in RANKS:
        if turn == 0 or turn in waiting:
            yield from _turn(source, name, turn, waiting, fixes_encoding=fixes_encoding)


def _turn(
    source: Source, name: str, turn: int, waiting: dict[int, set[int]], *, fixes_encoding: bool
) -> Iterator[Item]:
    """Yield the items whose turn it is; the first time, note in `waiting` whose turn is when."""
    number = 0
    numbers = waiting.get(turn, set())
    last = max(numbers, default=0)
    with (
        faults.contained(
            name, "reading", expected=(OSError, ValueError), is_reading=True
        ) as file_fault,
        source.open(name) as file,
    ):
        for number, entry in enumerate(stream.entries(file), start=1):
            if turn > 0 and number not in numbers:
                continue
            origin = f"{name}, post {number}"
            item: Item | None = None
            with faults.contained(origin, "reading", is_reading=True) as fault:
                read = _read(origin, entry)
                if isinstance(read, Skipped):
                    item = read
                elif (rank := read.rank) > turn:
                    waiting.setdefault(rank, set()).add(number)
                else:
                    item = read.to_post(fixes_encoding=fixes_encoding)
            item = Unreadable(origin, fault.reason) if fault.reason else item
            if item is not None:
                yield item
            if number == last:  # what comes behind it was read the first time, and may be broken
                break
    if file_fault.reason:
        place = f"{name}, behind post {number}" if number else name
        yield Unreadable(place, file_fault.reason)


def _read(origin: str, entry: stream.Entry) -> "_Entry | Skipped":
    """Return the post that an entry is, or why it is none. Raises Unsuitable."""
    value = entry.value
    if not isinstance(value, dict) or not ({"title", "slug", *_bodies(value)} & value.keys()):
        return Skipped(origin, "is no post")
    foreign.refuse_entry(entry.path, value)
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    notes: list[Note] = []
    is_draft = any(map(visibility.is_list_of_drafts, entry.path))
    read = _Entry(origin, _plain(value, notes), digest, notes, is_draft)
    if not read.is_draft and not read.content.strip():
        return Skipped(origin, "has no text")
    return read


@dataclass(frozen=True, slots=True)
class _Entry:
    """A post of an export, read and not yet converted."""

    origin: str
    entry: dict[str, Any]
    digest: str
    notes: list[Note]
    is_draft: bool

    @property
    def content(self) -> str:
        content = _at(self.entry, *_BODIES)
        return content if isinstance(content, str) else ""

    @property
    def head(self) -> dict[str, Any]:
        """What it says under the keys that the backup's heads have."""
        entry = self.entry
        head = {key: value for key, value in entry.items() if visibility.is_key(key)}
        head |= {k: value for k, at in _PLACES.items() if (value := _at(entry, *at)) is not None}
        if _PUBLISHED & entry.keys() and not _at(entry, *_PUBLISHED):
            head.pop("datePublished", None)  # not published, whenever it was added
        return head

    @property
    def rank(self) -> int:
        return mapping.rank(self.head, is_draft=self.is_draft)

    def to_post(self, *, fixes_encoding: bool) -> Incoming:
        entry, notes = self.entry, [*self.notes]
        is_garbled = texts.is_garbled(" ".join(v for v in entry.values() if isinstance(v, str)))
        if is_garbled and fixes_encoding:
            entry = {k: texts.repaired(v) if isinstance(v, str) else v for k, v in entry.items()}
            is_garbled = False
            notes.append(Note("wrongly decoded text, repaired"))
        elif is_garbled:
            notes.append(Note("wrongly decoded text (--fix-encoding repairs it)"))
        read = replace(self, entry=entry)
        if read.content and "contentMarkdown" not in entry and read.content == _html(entry):
            notes.append(Note("only HTML, no Markdown"))
        identifier = _at(entry, "cuid", "_id", "id") or entry.get("slug") or self.origin
        post = mapping.to_post(
            self.origin,
            read.head,
            read.content,
            identifier=str(identifier),
            digest=self.digest,
            is_draft=self.is_draft,
        )
        post.notes[:0] = notes
        post.notes += [
            Note(f"field “{key[:40]}”")
            for key, value in entry.items()
            if key not in _KNOWN and not visibility.is_key(key) and value
        ]
        post.is_garbled = is_garbled
        return post


def _plain(value: Any, notes: list[Note]) -> Any:
    """Return `value` with every text in it as databases take it: keys and identifiers too."""
    match value:
        case str():
            return texts.plain(value, notes)
        case list():
            return [_plain(part, notes) for part in value]
        case dict():
            return {texts.plain(key, notes): _plain(part, notes) for key, part in value.items()}
    return value


def _bodies(entry: dict[str, Any]) -> list[str]:
    return [place for place in _BODIES if "." not in place and place in entry]


def _html(entry: dict[str, Any]) -> object:
    return _at(entry, "content.html", "content", "html") if not _at(entry, *_BODIES[:3]) else None


def _at(entry: dict[str, Any], *places: str) -> Any:
    """Return the first value found at one of the dotted places, None without any."""
    for place in places:
        value: Any = entry
        for key in place.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value not in (None, "", [], {}) and not (isinstance(value, dict) and place != "series"):
            return value
    return None
