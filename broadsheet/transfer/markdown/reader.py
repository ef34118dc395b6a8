"""From a Markdown file with a head back to a post."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from broadsheet.accounts.models import User
from broadsheet.posts.actions import NewPost
from broadsheet.posts.models import EARLIEST, LATEST, Post
from broadsheet.transfer import text as texts
from broadsheet.transfer import visibility
from broadsheet.transfer.incoming import Incoming, Item, Note, Skipped, Unreadable
from broadsheet.transfer.markdown import front_matter, layout
from broadsheet.transfer.sources import Source

_MOMENTS = frozenset({"pub_date", "created_at", "updated_at"})
_CLAIMS = frozenset({"is_date_estimated", "allows_comments", "shows_contents"})
_CLAIM_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_OTHERS_STATUSES = {"publish": "published", "future": "scheduled"}
_FROM, _UNTIL = frozenset({"publishDate"}), frozenset({"expiryDate", "unpublishDate"})
_SPACED_OFFSET = re.compile(r" ([+-]\d{2}:?\d{2}|Z)$")


def to_item(source: Source, name: str, *, people: Mapping[str, User], fixes_encoding: bool) -> Item:
    """Return what the file `name` holds. Nothing that is in it raises."""
    if PurePosixPath(name).suffix.lower() not in {".md", ".markdown"}:
        return Skipped(name, "is no Markdown file")
    try:
        text = texts.decode_unicode(source.read(name))
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
    is_in_drafts = visibility.is_in_drafts(source, name)
    item = _post(name, head, content.replace("\x00", ""), people, is_in_drafts=is_in_drafts)
    item.notes[:0] = notes
    item.is_garbled = is_garbled
    return item


def _post(
    name: str,
    written: dict[Any, Any],
    content: str,
    people: Mapping[str, User],
    *,
    is_in_drafts: bool,
) -> Incoming:
    notes: list[Note] = []
    head = _with_own_keys(written, notes)
    fields: dict[str, Any] = {"content": content, "cover": None}
    for key, field in layout.FIELDS.items():
        value = _value(field, head.get(key))
        if value is not None:
            fields[field] = value
        elif head.get(key) is not None:
            notes.append(Note(f"{key} that cannot be read", _text(head[key])[:200]))
        elif field not in _MOMENTS | _CLAIMS:
            fields[field] = ""
    stem = PurePosixPath(name).stem
    fields["cover_url"] = _text(head.get("cover"))
    fields["tags"] = _texts(head.get("tags"))
    fields["series"] = _text(head.get("series"))
    fields["title"] = fields.get("title") or stem
    named = fields.get("status") or None
    fields["status"] = _status(written, named, notes, is_in_drafts=is_in_drafts)
    if fields["status"] != Post.Status.DRAFT and "pub_date" not in fields:
        fields["status"] = Post.Status.DRAFT
        notes.append(Note("no date, so it is a draft"))
    _name_authors(fields, _texts(head.get("authors")), people, notes)
    post_id = _id(head.get("id"))
    if post_id:
        fields["id"] = post_id
    own = layout.own_source(post_id) if post_id else f"markdown:{stem}"
    version = _text(head.get("version"))
    return Incoming(
        origin=name,
        source_id=(_text(head.get("source")) or own)[:200],
        digest=_text(head.get("source_digest"))[:64],
        fields=NewPost(**fields),  # type: ignore[typeddict-item] # checked when it is saved
        notes=notes,
        post_id=post_id,
        version=int(version) if version.isascii() and version.isdecimal() else 1,
    )


def _with_own_keys(head: Mapping[Any, Any], notes: list[Note]) -> dict[str, Any]:
    """Return `head` with our names for the keys of other programs; note what has no place."""
    renamed: dict[str, Any] = {}
    for key, value in head.items():
        own = key if key in layout.KEYS else layout.OTHERS_KEYS.get(str(key))
        if own in layout.LISTS:
            renamed[own] = [*renamed.get(own, []), *_texts(value)]
        elif own and (key == own or own not in head):
            renamed[own] = _first_text(value) if isinstance(value, dict) else value
        elif value not in ("", None, []) and not visibility.is_key(key):
            notes.append(Note(f"field “{str(key)[:40]}”", _text(value)[:200]))
    return renamed


def _first_text(value: Mapping[Any, Any]) -> str | None:
    """Return the address in an image's own table, as in `cover: {image: a.png, alt: …}`."""
    return next(
        (_text(value[key]) for key in ("image", "src", "path", "url") if key in value), None
    )


def _status(
    head: Mapping[Any, Any], named: str | None, notes: list[Note], *, is_in_drafts: bool
) -> str:
    """Return the status of a post: nothing is public that is not said to be, without a but."""
    said = {str(key): value for key, value in head.items() if named is None or key != "status"}
    key = visibility.withheld(said) or _out_of_its_time(said)
    if key:
        if not visibility.is_draft_key(key):
            detail = f"{key}: {said[key]}"[:200]
            notes.append(Note("not published there, so it is a draft", detail))
        return Post.Status.DRAFT
    if named is not None and named != Post.Status.PUBLISHED:
        return named
    is_said = named is not None or any(
        (key == "draft" and visibility.is_no(value))
        or (key == "published" and visibility.is_yes(value))
        for key, value in said.items()
    )
    if (is_in_drafts and named is None) or not is_said:
        kind = "in a folder of drafts" if is_in_drafts else "no status"
        notes.append(Note(f"{kind}, so it is a draft"))
        return Post.Status.DRAFT
    return Post.Status.UNLISTED if visibility.is_unlisted(said) else Post.Status.PUBLISHED


def _out_of_its_time(head: Mapping[str, Any]) -> str:
    """Return the key by which Hugo publishes a post not yet or no longer; empty without one."""
    now = timezone.now()
    for key, value in head.items():
        at = _moment(value) if key in _FROM | _UNTIL and "date" in head else None
        if at is not None and (at > now if key in _FROM else at <= now):
            return key
    return ""


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
        return _claim(value)
    text = _text(value)
    if field == "status":
        status = _OTHERS_STATUSES.get(text.lower(), text.lower())
        return status if status in Post.Status.values else None
    return text if isinstance(value, str) else text or None


def _claim(value: object) -> bool | None:
    """Return a yes or no as YAML 1.1 and TOML write it; None for anything else."""
    if isinstance(value, bool):
        return value
    return _CLAIM_WORDS.get(value.lower()) if isinstance(value, str) else None


def _moment(value: object) -> dt.datetime | None:
    """Return a point in time. One without a zone, or a day, is in the site's."""
    try:
        if isinstance(value, str):
            value = _parsed(value.strip())
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            value = dt.datetime.combine(value, dt.time())
        if not isinstance(value, dt.datetime):
            return None
        moment = value if value.tzinfo else timezone.make_aware(value)
        is_within = EARLIEST <= moment <= LATEST
    except (ValueError, OverflowError):
        return None
    return moment if is_within else None


def _parsed(text: str) -> dt.datetime | dt.date | None:
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
