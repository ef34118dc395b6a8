"""JSON exports: of Hashnode's dashboard, and similar ones from its API."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from broadsheet.transfer import encoding, unsupported_formats, visibility
from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.error_isolation import isolate_errors
from broadsheet.transfer.importers.hashnode import json_stream, mapping
from broadsheet.transfer.importers.hashnode.mapping import SLUG_PASSES
from broadsheet.transfer.records import Note, PostRecord, SkippedFile, SourceItem, UnreadableFile

#: Paths in an export for each key of the backup's front matter.
_PATHS = {
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
_BODY_PATHS = ("contentMarkdown", "content.markdown", "markdown", "content.html", "content", "html")
_KNOWN_KEYS = {
    path.split(".")[0] for paths in (*_PATHS.values(), _BODY_PATHS) for path in paths
} | set(
    "_id id cuid __typename type isActive isDelisted brief readTime author publication seo content"
    " partOfPublication slugOverridden hasCustomDate url createdAt".split()
)


def read_export(source: FileSource, name: str, *, fixes_encoding: bool) -> Iterator[SourceItem]:
    """Yield the items of the export in the order in which slugs are assigned.

    The file is read again for each further pass, so memory does not grow with its size. Raises
    UnsupportedSourceError for an export of another program, and nothing else for any content.
    """
    waiting: dict[int, set[int]] = {}
    for current_pass in SLUG_PASSES:
        if current_pass == 0 or current_pass in waiting:
            yield from _read_pass(
                source, name, current_pass, waiting, fixes_encoding=fixes_encoding
            )


def _read_pass(
    source: FileSource,
    name: str,
    current_pass: int,
    waiting: dict[int, set[int]],
    *,
    fixes_encoding: bool,
) -> Iterator[SourceItem]:
    """Yield the items of this pass; the first pass adds the later ones to `waiting`."""
    number = 0
    numbers = waiting.get(current_pass, set())
    last = max(numbers, default=0)
    with (
        isolate_errors(
            name, "reading", expected=(OSError, ValueError), is_reading=True
        ) as file_failure,
        source.open(name) as file,
    ):
        for number, entry in enumerate(json_stream.iter_entries(file), start=1):
            if current_pass > 0 and number not in numbers:
                continue
            origin = f"{name}, post {number}"
            item: SourceItem | None = None
            with isolate_errors(origin, "reading", is_reading=True) as failure:
                exported = _read_entry(origin, entry)
                if isinstance(exported, SkippedFile):
                    item = exported
                elif (slug_pass := exported.slug_pass) > current_pass:
                    waiting.setdefault(slug_pass, set()).add(number)
                else:
                    item = exported.to_post(fixes_encoding=fixes_encoding)
            item = UnreadableFile(origin, failure.reason) if failure.reason else item
            if item is not None:
                yield item
            if number == last:  # the rest was read in the first pass, and may be broken
                break
    if file_failure.reason:
        origin = f"{name}, after post {number}" if number else name
        yield UnreadableFile(origin, file_failure.reason)


def _read_entry(origin: str, entry: json_stream.JSONEntry) -> "_ExportedPost | SkippedFile":
    """Return the post of an entry, or an item with the reason why it is none.

    Raises UnsupportedSourceError.
    """
    value = entry.value
    if not isinstance(value, dict) or not ({"title", "slug", *_body_keys(value)} & value.keys()):
        return SkippedFile(origin, "is not a post")
    unsupported_formats.reject_unsupported_entry(entry.path, value)
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    notes: list[Note] = []
    is_draft = any(map(visibility.is_list_of_drafts, entry.path))
    exported = _ExportedPost(origin, _normalize(value, notes), digest, notes, is_draft)
    if not exported.is_draft and not exported.content.strip():
        return SkippedFile(origin, "has no text")
    return exported


@dataclass(frozen=True, slots=True)
class _ExportedPost:
    """Post of an export, read but not yet converted."""

    origin: str
    entry: dict[str, Any]
    digest: str
    notes: list[Note]
    is_draft: bool

    @property
    def content(self) -> str:
        content = _get_first(self.entry, *_BODY_PATHS)
        return content if isinstance(content, str) else ""

    @property
    def head(self) -> dict[str, Any]:
        """Values under the keys of the backup's front matter."""
        entry = self.entry
        head = {key: value for key, value in entry.items() if visibility.is_visibility_key(key)}
        head |= {
            k: value for k, at in _PATHS.items() if (value := _get_first(entry, *at)) is not None
        }
        if _PUBLISHED & entry.keys() and not _get_first(entry, *_PUBLISHED):
            head.pop("datePublished", None)  # not published, whenever it was added
        return head

    @property
    def slug_pass(self) -> int:
        return mapping.slug_pass(self.head, is_draft=self.is_draft)

    def to_post(self, *, fixes_encoding: bool) -> PostRecord:
        entry, notes = self.entry, [*self.notes]
        is_garbled = encoding.is_garbled(" ".join(v for v in entry.values() if isinstance(v, str)))
        if is_garbled and fixes_encoding:
            entry = {
                k: encoding.repair_text(v) if isinstance(v, str) else v for k, v in entry.items()
            }
            is_garbled = False
            notes.append(Note("wrongly decoded text, repaired"))
        elif is_garbled:
            notes.append(Note("wrongly decoded text (--fix-encoding repairs it)"))
        exported = replace(self, entry=entry)
        if exported.content and "contentMarkdown" not in entry and exported.content == _html(entry):
            notes.append(Note("only HTML, no Markdown"))
        identifier = _get_first(entry, "cuid", "_id", "id") or entry.get("slug") or self.origin
        post = mapping.to_post(
            self.origin,
            exported.head,
            exported.content,
            identifier=str(identifier),
            digest=self.digest,
            is_draft=self.is_draft,
        )
        post.notes[:0] = notes
        post.notes += [
            Note(f"field “{key[:40]}”")
            for key, value in entry.items()
            if key not in _KNOWN_KEYS and not visibility.is_visibility_key(key) and value
        ]
        post.is_garbled = is_garbled
        return post


def _normalize(value: Any, notes: list[Note]) -> Any:
    """Normalize all strings in `value`, including keys, so that databases accept them."""
    match value:
        case str():
            return encoding.normalize_text(value, notes)
        case list():
            return [_normalize(part, notes) for part in value]
        case dict():
            return {
                encoding.normalize_text(key, notes): _normalize(part, notes)
                for key, part in value.items()
            }
    return value


def _body_keys(entry: dict[str, Any]) -> list[str]:
    return [path for path in _BODY_PATHS if "." not in path and path in entry]


def _html(entry: dict[str, Any]) -> object:
    return (
        _get_first(entry, "content.html", "content", "html")
        if not _get_first(entry, *_BODY_PATHS[:3])
        else None
    )


def _get_first(entry: dict[str, Any], *paths: str) -> Any:
    """Return the first value at one of the dotted paths, None without any."""
    for path in paths:
        value: Any = entry
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value not in (None, "", [], {}) and not (isinstance(value, dict) and path != "series"):
            return value
    return None
