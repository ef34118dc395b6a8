"""The JSON export of Hashnode's dashboard, and the likes of it that its API gives."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from broadsheet.posts.models import Post
from broadsheet.transfer import text as texts
from broadsheet.transfer.hashnode import mapping, stream
from broadsheet.transfer.incoming import Item, Note, Skipped, Unreadable
from broadsheet.transfer.sources import Source

#: Where each key of the backup's head may stand in an export.
_PLACES = {
    "title": ("title",),
    "subtitle": ("subtitle",),
    "slug": ("slug",),
    "datePublished": ("datePublished", "publishedAt", "dateAdded", "createdAt"),
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
    "saveAsDraft": ("saveAsDraft", "isDraft"),
    "ignorePost": ("ignorePost",),
}
_BODIES = ("contentMarkdown", "content.markdown", "markdown", "content.html", "content", "html")
_KNOWN = {place.split(".")[0] for places in (*_PLACES.values(), _BODIES) for place in places} | set(
    "_id id cuid __typename type isActive isDelisted brief readTime author publication seo content"
    " partOfPublication slugOverridden hasCustomDate url".split()
)


def to_items(source: Source, name: str, *, fixes_encoding: bool) -> Iterator[Item]:
    """Yield what the export holds, entry by entry. Nothing that is in it raises."""
    number = 0
    try:
        with source.open(name) as file:
            for number, entry in enumerate(stream.entries(file), start=1):
                yield _item(f"{name}, post {number}", entry, fixes_encoding=fixes_encoding)
    except (stream.Broken, OSError, ValueError) as error:
        yield Unreadable(f"{name}, behind post {number}" if number else name, str(error))


def _item(origin: str, entry: Any, *, fixes_encoding: bool) -> Item:
    if not isinstance(entry, dict) or not ({"title", "slug", *_bodies(entry)} & entry.keys()):
        return Skipped(origin, "is no post")
    notes: list[Note] = []
    digest = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
    entry = _plain(entry, notes)
    is_garbled = texts.is_garbled(" ".join(v for v in entry.values() if isinstance(v, str)))
    if is_garbled and fixes_encoding:
        entry = {k: texts.repaired(v) if isinstance(v, str) else v for k, v in entry.items()}
        is_garbled = False
        notes.append(Note("wrongly decoded text, repaired"))
    elif is_garbled:
        notes.append(Note("wrongly decoded text (--fix-encoding repairs it)"))
    head = {key: found for key, places in _PLACES.items() if (found := _at(entry, *places))}
    if entry.get("isActive") is False:
        head["saveAsDraft"] = True
        notes.append(Note("was deleted there, so it is a draft"))
    if _at(entry, "isDelisted", "preferences.isDelisted") is True:
        head["status"] = Post.Status.UNLISTED
    content = _at(entry, *_BODIES)
    if isinstance(content, str) and "contentMarkdown" not in entry and content == _html(entry):
        notes.append(Note("only HTML, no Markdown"))
    identifier = str(_at(entry, "cuid", "_id", "id") or entry.get("slug") or origin)
    text = content if isinstance(content, str) else ""
    item = mapping.to_post(origin, head, text, identifier=identifier, digest=digest)
    item.notes[:0] = notes
    item.notes += [
        Note(f"field “{key[:40]}”") for key, value in entry.items() if key not in _KNOWN and value
    ]
    item.is_garbled = is_garbled
    return item


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
