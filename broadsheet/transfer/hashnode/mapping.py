"""From Hashnode's keys to a post's fields."""

import re
from collections.abc import Mapping

from django.utils import timezone

from broadsheet.lib import slugs
from broadsheet.posts.actions import NewPost
from broadsheet.posts.models import Post
from broadsheet.transfer import text as texts
from broadsheet.transfer.hashnode import body, cuid, dates, dollars, fences, legacy
from broadsheet.transfer.incoming import Incoming, Note

#: Keys that become fields, and those that say nothing about the post itself.
PLACED = frozenset(
    "title seoTitle seoDescription datePublished dateUpdated cuid slug canonical cover coverAlt"
    " ogImage tags series subtitle ignorePost saveAsDraft disableComments enableToc brief status"
    " domain publishAs hideFromHashnodeCommunity".split()
)


def to_post(
    origin: str,
    head: Mapping[str, object],
    content: str,
    *,
    identifier: str,
    digest: str,
    is_draft: bool = False,
) -> Incoming:
    """Return the post that a head (the keys of the GitHub backup) and a body make."""
    notes: list[Note] = []
    content = fences.mend(texts.plain(content, notes).strip("\n"), notes)
    content = dollars.escape(body.convert(content, notes))
    words = {key: _word(head.get(key), notes) for key in PLACED}
    fields = NewPost(
        title=words["title"] or legacy.first_words(content) or "Untitled",
        subtitle=words["subtitle"],
        slug=words["slug"] if re.fullmatch(slugs.PATTERN, words["slug"]) else "",
        content=content,
        excerpt=words["brief"],
        cover_url=words["cover"],
        cover_alt=words["coverAlt"],
        tags=_names(head.get("tags"), notes),
        series=words["series"],
        canonical_url=words["canonical"],
        seo_title=words["seoTitle"],
        seo_description=words["seoDescription"],
        share_image_url=words["ogImage"],
        allows_comments=not _is_yes(head.get("disableComments")),
        shows_contents=_is_yes(head.get("enableToc")),
        status=_status(head, is_draft=is_draft),
    )
    if not words["title"]:
        notes.append(Note("no title, so its first words became one", str(fields["title"])))
    _date(fields, head, identifier, notes)
    _not_placed(head, words, notes)
    is_unread = fields["status"] == Post.Status.DRAFT
    return Incoming(
        origin=origin,
        source_id=f"hashnode:{identifier}"[:200],
        digest=digest,
        fields=fields,
        notes=notes,
        old_path=f"/{words['slug']}" if words["slug"] and not is_unread else "",
        guessed_path="" if words["slug"] or is_unread else _guess(fields["title"], identifier),
    )


def _guess(title: str, identifier: str) -> str:
    """Return the address that Hashnode gave a post in the days of the older backup."""
    return f"/{slugs.slugify(title)}-{identifier}"


def _status(head: Mapping[str, object], *, is_draft: bool) -> str:
    if is_draft or _is_yes(head.get("saveAsDraft")) or _is_yes(head.get("ignorePost")):
        return Post.Status.DRAFT
    status = head.get("status") or Post.Status.PUBLISHED
    return str(status) if status in Post.Status.values else Post.Status.DRAFT


def _date(fields: NewPost, head: Mapping[str, object], identifier: str, notes: list[Note]) -> None:
    """Set the dates. A missing one is taken from the identifier, and marked as estimated."""
    at, made_at = dates.parse(head.get("datePublished")), cuid.made_at(identifier)
    if head.get("datePublished") and at is None:
        notes.append(Note("date that cannot be read", str(head["datePublished"])[:100]))
    is_draft = fields["status"] == Post.Status.DRAFT
    if at is None and not is_draft:
        fields["is_date_estimated"] = True
        if made_at is None:
            notes.append(Note("no date, so it has today's"))
        at = made_at or timezone.now()
    if at is not None:
        fields["pub_date"] = at
        if at > timezone.now() and fields["status"] == Post.Status.PUBLISHED:
            fields["status"] = Post.Status.SCHEDULED
    written = made_at or at
    updated = dates.parse(head.get("dateUpdated")) or at or made_at
    if written is not None:
        fields["created_at"] = min(written, timezone.now())
    if updated is not None:
        fields["updated_at"] = min(updated, timezone.now())


def _not_placed(head: Mapping[str, object], words: dict[str, str], notes: list[Note]) -> None:
    for key, value in head.items():
        if key not in PLACED and value not in ("", None, [], {}, False):
            notes.append(Note(f"field “{key[:40]}”", str(value)[:200]))
    if _is_yes(head.get("ignorePost")):
        notes.append(Note("“ignorePost”, so it is a draft"))
    if words["slug"] and not re.fullmatch(slugs.PATTERN, words["slug"]):
        notes.append(Note("slug that no address here can have", words["slug"][:200]))


def _word(value: object, notes: list[Note]) -> str:
    """Return a value as one line."""
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    if value is None or isinstance(value, dict | bool):
        return ""
    return " ".join(texts.plain(str(value), notes).split())


def _names(value: object, notes: list[Note]) -> list[str]:
    """Return tags, which come as a text with commas or as a list of names or objects."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list):
        return []
    named = [
        part.get("slug") or part.get("name") if isinstance(part, dict) else part for part in parts
    ]
    return list(dict.fromkeys(filter(None, (_word(name, notes).lstrip("#") for name in named))))


def _is_yes(value: object) -> bool:
    return value is True or str(value).strip().lower() in {"true", "yes", "1"}
