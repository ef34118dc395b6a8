"""Reader of Markdown files with front matter."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from django.db.models import BooleanField
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from broadsheet.accounts.models import User
from broadsheet.posts.actions import NewPostInput
from broadsheet.posts.models import EARLIEST, LATEST, SERIES_END, Post
from broadsheet.transfer import encoding, visibility
from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.markdown_format import front_matter, schema
from broadsheet.transfer.records import Note, PostRecord, SkippedFile, SourceItem, UnreadableFile

_DATETIME_FIELDS = frozenset({"pub_date", "created_at", "updated_at"})
_BOOLEAN_FIELDS = frozenset(
    field.name
    for field in Post._meta.concrete_fields  # noqa: SLF001 - Django's public API
    if isinstance(field, BooleanField)
)
#: Values of the fields with a fixed choice, except for the status.
_CHOICES = {"kind": Post.Kind.values, "page_layout": Post.Layout.values}
_NOT_TEXT = _DATETIME_FIELDS | _BOOLEAN_FIELDS | _CHOICES.keys() | {"series_position"}
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_STATUS_ALIASES = {"publish": "published", "future": "scheduled"}
#: Hugo's dates, in any case: the post is published from the first and until the others.
_FROM, _UNTIL = frozenset({"publishdate"}), frozenset({"expirydate", "unpublishdate"})
#: Statuses with which anyone who has the URL can read a post, whatever its date.
_READABLE_NOW = frozenset({Post.Status.UNLISTED, Post.Status.ARCHIVED})
_VERSION = re.compile(r"[0-9]{1,9}")
_POSITION = re.compile(r"[0-9]{1,4}")
_SPACED_OFFSET = re.compile(r" ([+-]\d{2}:?\d{2}|Z)$")


def read_file(
    source: FileSource, name: str, *, users: Mapping[str, User], fixes_encoding: bool
) -> SourceItem:
    """Return the item of the file `name`. No content of the file raises an error."""
    if PurePosixPath(name).suffix.lower() not in {".md", ".markdown"}:
        return SkippedFile(name, "is not a Markdown file")
    try:
        text = encoding.decode_utf(source.read(name))
        notes: list[Note] = []
        is_garbled = encoding.is_garbled(text)
        if is_garbled and fixes_encoding:
            text, is_garbled = encoding.repair_text(text), False
            notes.append(Note("wrongly decoded text, repaired"))
        head, content = front_matter.split(text)
    except (OSError, ValueError) as error:
        return UnreadableFile(name, str(error))
    if head is None:
        return SkippedFile(name, "has no front matter")
    is_in_drafts = visibility.is_in_drafts(source, name)
    item = _post(name, head, content.replace("\x00", ""), users, is_in_drafts=is_in_drafts)
    item.notes[:0] = notes
    item.is_garbled = is_garbled
    return item


def _post(
    name: str,
    front: dict[Any, Any],
    content: str,
    users: Mapping[str, User],
    *,
    is_in_drafts: bool,
) -> PostRecord:
    notes: list[Note] = []
    head = _rename_keys(front, notes)
    fields: dict[str, Any] = {"content": content, "cover": None}
    for key, field in schema.FIELDS.items():
        value = _value(field, head.get(key))
        if value is not None:
            fields[field] = value
        elif head.get(key) is not None:
            notes.append(Note(f"invalid {key}", _text(head[key])[:200]))
        elif field not in _NOT_TEXT:
            fields[field] = ""
    stem = PurePosixPath(name).stem
    fields["cover_url"] = _text(head.get("cover"))
    fields["tags"] = _texts(head.get("tags"))
    fields["series"] = _text(head.get("series"))
    fields["title"] = fields.get("title") or stem
    explicit = fields.get("status") or None
    fields["status"] = _status(front, explicit, notes, is_in_drafts=is_in_drafts)
    if fields["status"] != Post.Status.DRAFT and "pub_date" not in fields:
        fields["status"] = Post.Status.DRAFT
        notes.append(Note("no date, imported as a draft"))
    elif fields["status"] in _READABLE_NOW and fields["pub_date"] > timezone.now():
        fields["status"] = Post.Status.DRAFT
        notes.append(Note("not public yet at the source, imported as a draft"))
    _set_authors(fields, _texts(head.get("authors")), users, notes)
    post_id = _id(head.get("id"))
    if post_id:
        fields["id"] = post_id
    own = schema.own_source_id(post_id) if post_id else f"markdown:{stem}"
    version = _text(head.get("version"))
    return PostRecord(
        origin=name,
        source_id=(_text(head.get("source")) or own)[:200],
        digest=_text(head.get("source_digest"))[:64],
        fields=NewPostInput(**fields),  # type: ignore[typeddict-item] # checked when it is saved
        notes=notes,
        post_id=post_id,
        version=int(version) if _VERSION.fullmatch(version) else 1,
    )


def _rename_keys(head: Mapping[Any, Any], notes: list[Note]) -> dict[str, Any]:
    """Return `head` with other programs' keys renamed to ours; note keys that have no field."""
    renamed: dict[str, Any] = {}
    for key, value in head.items():
        own = key if key in schema.KEYS else schema.KEY_ALIASES.get(str(key))
        if own in schema.LIST_KEYS:
            renamed[own] = [*renamed.get(own, []), *_texts(value)]
        elif own and (key == own or own not in head):
            renamed[own] = _first_text(value) if isinstance(value, dict) else value
        elif value not in ("", None, []) and not visibility.is_visibility_key(key):
            notes.append(Note(f"field “{str(key)[:40]}”", _text(value)[:200]))
    return renamed


def _first_text(value: Mapping[Any, Any]) -> str | None:
    """Return the URL in an image's mapping, as in `cover: {image: a.png, alt: …}`."""
    return next(
        (_text(value[key]) for key in ("image", "src", "path", "url") if key in value), None
    )


def _status(
    head: Mapping[Any, Any], explicit: str | None, notes: list[Note], *, is_in_drafts: bool
) -> str:
    """Return the status: a post is public only if its front matter says so without exception."""
    values = {str(key): value for key, value in head.items() if explicit is None or key != "status"}
    key = visibility.withholding_key(values) or _expired_or_future_key(values)
    if key:
        if not visibility.is_draft_key(key):
            detail = f"{key}: {values[key]}"[:200]
            notes.append(Note("not published at the source, imported as a draft", detail))
        return Post.Status.DRAFT
    if explicit is not None and explicit != Post.Status.PUBLISHED:
        return explicit
    is_public = explicit is not None or any(
        (key == "draft" and visibility.is_false(value))
        or (key == "published" and visibility.is_true(value))
        for key, value in values.items()
    )
    if (is_in_drafts and explicit is None) or not is_public:
        kind = "in a folder of drafts" if is_in_drafts else "no status"
        notes.append(Note(f"{kind}, imported as a draft"))
        return Post.Status.DRAFT
    return Post.Status.UNLISTED if visibility.is_unlisted(values) else Post.Status.PUBLISHED


def _expired_or_future_key(head: Mapping[str, Any]) -> str:
    """Return the key by which Hugo does not publish a post yet or any more; empty without one."""
    now = timezone.now()
    for key, value in head.items():
        folded = visibility.fold(key)
        if value in (None, "") or folded not in _FROM | _UNTIL:
            continue
        at = _datetime(value)
        if folded in _UNTIL and (at <= now if at else not _is_far_future(value)):
            return key
        if folded in _FROM and "date" in head and (at is None or at > now):
            return key
    return ""


def _is_far_future(value: object) -> bool:
    """Return whether a date is valid, but later than the dates that a post can have."""
    match = re.match(r"(\d{4})-", str(value))
    return match is not None and int(match[1]) > LATEST.year


def _set_authors(
    fields: dict[str, Any], names: list[str], users: Mapping[str, User], notes: list[Note]
) -> None:
    """Set the authors who have an account here; note the others."""
    if authors := [users[name.lower()] for name in names if name.lower() in users]:
        fields["authors"] = authors
    notes += [
        Note("author without an account here", name) for name in names if name.lower() not in users
    ]


def _id(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(_text(value))
    except ValueError:
        return None


def _value(field: str, value: object) -> object:
    """Return a valid value for the field, None if it is invalid."""
    if field in _DATETIME_FIELDS:
        return _datetime(value)
    if field in _BOOLEAN_FIELDS:
        return _boolean(value)
    text = _text(value)
    if field == "series_position":
        return int(text) if _POSITION.fullmatch(text) and int(text) <= SERIES_END else None
    if field == "status":
        status = _STATUS_ALIASES.get(text.lower(), text.lower())
        return status if status in Post.Status.values else None
    if field in _CHOICES:
        return text.lower() if text.lower() in _CHOICES[field] else None
    return text if isinstance(value, str) else text or None


def _boolean(value: object) -> bool | None:
    """Parse a boolean of YAML 1.1 or TOML; None for anything else."""
    if isinstance(value, bool):
        return value
    return _BOOLEANS.get(value.lower()) if isinstance(value, str) else None


def _datetime(value: object) -> dt.datetime | None:
    """Parse a datetime or date. Without a time zone it is in the site's."""
    try:
        if isinstance(value, str):
            value = _parse_datetime(value.strip())
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            value = dt.datetime.combine(value, dt.time())
        if not isinstance(value, dt.datetime):
            return None
        moment = value if value.tzinfo else timezone.make_aware(value)
        is_within = EARLIEST <= moment <= LATEST
    except (ValueError, OverflowError):
        return None
    return moment if is_within else None


def _parse_datetime(text: str) -> dt.datetime | dt.date | None:
    text = _SPACED_OFFSET.sub(r"\1", text)
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return parse_datetime(text) or parse_date(text)


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return re.sub("\x00", "", str(value))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        value = value.split(",")
    return [text.strip() for v in value if (text := _text(v))] if isinstance(value, list) else []
