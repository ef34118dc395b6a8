"""From a Markdown file with a head back to a post."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from broadsheet.accounts.models import User
from broadsheet.posts.actions import NewPost
from broadsheet.posts.models import Post
from broadsheet.transfer import text as texts
from broadsheet.transfer.incoming import Incoming, Item, Note, Skipped, Unreadable
from broadsheet.transfer.markdown import front_matter, layout
from broadsheet.transfer.sources import Source

#: A day off the ends of what Python tells, so that every time zone can show it.
_EARLIEST = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
_LATEST = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
_MOMENTS = frozenset({"pub_date", "created_at", "updated_at"})
_CLAIMS = frozenset({"is_date_estimated", "allows_comments", "shows_contents"})


def to_item(source: Source, name: str, *, people: Mapping[str, User], fixes_encoding: bool) -> Item:
    """Return what the file `name` holds. Nothing that is in it raises."""
    if PurePosixPath(name).suffix.lower() not in {".md", ".markdown"}:
        return Skipped(name, "is no Markdown file")
    try:
        data = source.read(name)
        text = data.decode("utf-8-sig")
        notes: list[Note] = []
        is_garbled = texts.is_garbled(text)
        if is_garbled and fixes_encoding:
            text, is_garbled = texts.repaired(text), False
            notes.append(Note("wrongly decoded text, repaired"))
        head, content = front_matter.split(text)
    except (OSError, ValueError) as error:
        return Unreadable(name, str(error))
    if head is None:
        return Skipped(name, "has no head")
    item = _post(name, head, content.replace("\x00", ""), people)
    item.notes[:0] = notes
    item.is_garbled = is_garbled
    return item


def _post(name: str, head: dict[Any, Any], content: str, people: Mapping[str, User]) -> Incoming:
    notes: list[Note] = []
    fields: dict[str, Any] = {"content": content, "cover": None}
    for key, field in layout.FIELDS.items():
        value = _value(field, head.get(key))
        if value is not None:
            fields[field] = value
        elif head.get(key) is not None:
            notes.append(Note(f"{key} that cannot be read"))
        elif field not in _MOMENTS | _CLAIMS:
            fields[field] = ""
    stem = PurePosixPath(name).stem
    fields["cover_url"] = _text(head.get("cover"))
    fields["tags"] = _texts(head.get("tags"))
    fields["series"] = _text(head.get("series"))
    fields["title"] = fields.get("title") or stem
    fields["status"] = fields.get("status") or Post.Status.DRAFT
    if fields["status"] != Post.Status.DRAFT and "pub_date" not in fields:
        fields["status"] = Post.Status.DRAFT
        notes.append(Note("no date, so it is a draft"))
    _name_authors(fields, _texts(head.get("authors")), people, notes)
    post_id, version = _id(head.get("id")), head.get("version")
    own = f"broadsheet:{post_id}" if post_id else f"markdown:{stem}"
    return Incoming(
        origin=name,
        source_id=(_text(head.get("source")) or own)[:200],
        digest=_text(head.get("source_digest"))[:64],
        fields=NewPost(**fields),  # type: ignore[typeddict-item] # checked when it is saved
        notes=notes,
        post_id=post_id,
        version=version if isinstance(version, int) else 1,
    )


def _name_authors(
    fields: dict[str, Any], names: list[str], people: Mapping[str, User], notes: list[Note]
) -> None:
    """Set the authors who are here; the others are noted."""
    if found := [people[name.lower()] for name in names if name.lower() in people]:
        fields["authors"] = found
    notes += [
        Note("author who has no account here", name) for name in names if name.lower() not in people
    ]


def _id(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(_text(value))
    except ValueError:
        return None


def _value(field: str, value: object) -> object:
    """Return a value as the field takes it, None where it does not."""
    if field in _MOMENTS:
        return _moment(value)
    if field in _CLAIMS:
        return value if isinstance(value, bool) else None
    text = _text(value)
    if field == "status":
        return text if text in Post.Status.values else None
    return text if isinstance(value, str) else text or None


def _moment(value: object) -> dt.datetime | None:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - set below
    if not isinstance(value, dt.datetime):
        return None
    moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return moment if _EARLIEST <= moment <= _LATEST else None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return re.sub("\x00", "", str(value))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        value = value.split(",")
    return [text.strip() for v in value if (text := _text(v))] if isinstance(value, list) else []
