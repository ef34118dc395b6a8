"""Mapping of Hashnode's keys to a post's fields."""

import re
from collections.abc import Mapping

from django.utils import timezone

from broadsheet.lib import slugs
from broadsheet.posts.actions import NewPostInput
from broadsheet.posts.models import Post
from broadsheet.transfer import encoding, visibility
from broadsheet.transfer.importers.hashnode import (
    body,
    cuid,
    dates,
    dollar_signs,
    fences,
    legacy_layout,
)
from broadsheet.transfer.records import Note, PostRecord

_CUID = re.compile(r"(?<=[^-\s])-c[0-9a-z]{24}$")

#: Keys that become fields, and keys that are ignored. Keys about the post's visibility are in
#: `visibility`.
MAPPED_KEYS = frozenset(
    "title seoTitle seoDescription datePublished dateUpdated cuid slug canonical cover coverAlt"
    " ogImage tags series subtitle disableComments enableToc brief domain publishAs"
    " hideFromHashnodeCommunity".split()
)

#: Passes in which slugs are assigned: to posts with a slug before posts without, and to published
#: posts before drafts.
SLUG_PASSES = (0, 1, 2, 3)


def slug_pass(head: Mapping[str, object], *, is_draft: bool) -> int:
    """Return the pass in which the post with this front matter gets its slug."""
    is_slug_missing = not _slug(head.get("slug"))
    return 2 * is_slug_missing + (is_draft or bool(visibility.withholding_key(head)))


def to_post(
    origin: str,
    head: Mapping[str, object],
    content: str,
    *,
    identifier: str,
    digest: str,
    is_draft: bool = False,
    estimates_date: bool = False,
) -> PostRecord:
    """Return the post record of front matter (the keys of the GitHub backup) and a body.

    Without a date it is a draft, unless `estimates_date`: then the date is its identifier's.
    """
    notes: list[Note] = []
    content = fences.repair_fences(encoding.normalize_text(content, notes).strip("\n"), notes)
    content = dollar_signs.escape_dollars(body.convert(content, notes))
    lines = {key: _line(head.get(key), notes) for key in MAPPED_KEYS}
    fields = NewPostInput(
        title=lines["title"] or legacy_layout.title_from_text(content) or "Untitled",
        subtitle=lines["subtitle"],
        slug=_slug(lines["slug"]),
        content=content,
        excerpt=lines["brief"],
        cover_url=lines["cover"],
        cover_alt=lines["coverAlt"],
        tags=_names(head.get("tags"), notes),
        series=lines["series"],
        canonical_url=lines["canonical"],
        seo_title=lines["seoTitle"],
        seo_description=lines["seoDescription"],
        share_image_url=lines["ogImage"],
        allows_comments=not visibility.is_true(head.get("disableComments")),
        shows_contents=visibility.is_true(head.get("enableToc")),
        status=_status(head, notes, is_draft=is_draft),
    )
    if not lines["title"]:
        notes.append(Note("no title, so the first words are used", str(fields["title"])))
    _date(fields, head, identifier, notes, estimates=estimates_date)
    _note_unmapped(head, lines, notes)
    is_draft_here = fields["status"] == Post.Status.DRAFT
    return PostRecord(
        origin=origin,
        source_id=f"hashnode:{identifier}"[:200],
        digest=digest,
        fields=fields,
        notes=notes,
        is_identified=cuid.is_identifier(identifier),
        old_path=f"/{lines['slug']}" if lines["slug"] and not is_draft_here else "",
        guessed_path=""
        if lines["slug"] or is_draft_here
        else _guess_path(fields["title"], identifier),
    )


def _guess_path(title: str, identifier: str) -> str:
    """Return the URL path that Hashnode gave a post at the time of the older backup."""
    return f"/{slugs.slugify(title)}-{identifier}"


def _slug(value: object) -> str:
    """Return the slug if it is valid here, otherwise an empty string."""
    slug = " ".join(str(value or "").split())
    return slug if re.fullmatch(slugs.PATTERN, slug) else ""


def _status(head: Mapping[str, object], notes: list[Note], *, is_draft: bool) -> str:
    if is_draft:
        return Post.Status.DRAFT
    if key := visibility.withholding_key(head):
        if visibility.is_deletion_key(key):
            notes.append(Note("deleted at the source, imported as a draft"))
        elif not visibility.is_draft_key(key):
            notes.append(
                Note(
                    "not published at the source, imported as a draft", f"{key}: {head[key]}"[:200]
                )
            )
        return Post.Status.DRAFT
    return Post.Status.UNLISTED if visibility.is_unlisted(head) else Post.Status.PUBLISHED


def _date(
    fields: NewPostInput,
    head: Mapping[str, object],
    identifier: str,
    notes: list[Note],
    *,
    estimates: bool,
) -> None:
    """Set the dates. A publication date taken from the identifier is marked as estimated."""
    at, created_at = dates.parse(head.get("datePublished")), cuid.created_at(identifier)
    if head.get("datePublished") and at is None:
        notes.append(Note("invalid date", str(head["datePublished"])[:100]))
    if at is None and fields["status"] != Post.Status.DRAFT:
        if estimates and created_at is not None:
            fields["is_date_estimated"] = True
            at = created_at
        else:
            fields["status"] = Post.Status.DRAFT
            notes.append(Note("no date, imported as a draft"))
    if at is not None:
        fields["pub_date"] = at
        if at > timezone.now() and fields["status"] == Post.Status.PUBLISHED:
            fields["status"] = Post.Status.SCHEDULED
        elif at > timezone.now() and fields["status"] == Post.Status.UNLISTED:
            fields["status"] = Post.Status.DRAFT
            notes.append(Note("not public yet at the source, imported as a draft"))
    created = created_at or at
    updated = dates.parse(head.get("dateUpdated")) or at or created_at
    if created is not None:
        fields["created_at"] = min(created, timezone.now())
    if updated is not None:
        fields["updated_at"] = min(updated, timezone.now())


def _note_unmapped(head: Mapping[str, object], lines: dict[str, str], notes: list[Note]) -> None:
    for key, value in head.items():
        if key in MAPPED_KEYS or visibility.is_visibility_key(key):
            continue
        if value not in ("", None, [], {}, False):
            notes.append(Note(f"field “{key[:40]}”", str(value)[:200]))
    if lines["slug"] and not _slug(lines["slug"]):
        notes.append(Note("slug that cannot be used in a URL here", lines["slug"][:200]))


def _line(value: object, notes: list[Note]) -> str:
    """Return a value as one line of text."""
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    if value is None or isinstance(value, dict | bool):
        return ""
    return " ".join(encoding.normalize_text(str(value), notes).split())


def _names(value: object, notes: list[Note]) -> list[str]:
    """Return tag names from a comma-separated string or a list of names or objects."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list):
        return []
    names = [
        part.get("slug") or part.get("name") if isinstance(part, dict) else part for part in parts
    ]
    return list(dict.fromkeys(filter(None, (_tag(_line(name, notes)) for name in names))))


def _tag(name: str) -> str:
    """Return a tag's name without a leading `#` and a trailing cuid."""
    return _CUID.sub("", name.lstrip("#"))
