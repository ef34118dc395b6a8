"""From Hashnode's keys to a post's fields."""

import re
from collections.abc import Mapping

from django.utils import timezone

from broadsheet.lib import slugs
from broadsheet.posts.actions import NewPost
from broadsheet.posts.models import Post
from broadsheet.transfer import text as texts
from broadsheet.transfer import visibility
from broadsheet.transfer.hashnode import body, cuid, dates, dollars, fences, legacy
from broadsheet.transfer.incoming import Incoming, Note

_CUID = re.compile(r"(?<=[^-\s])-c[0-9a-z]{24}$")

#: Keys that become fields, and those that say nothing about the post itself. Those that say who
#: may read it are `visibility`'s.
PLACED = frozenset(
    "title seoTitle seoDescription datePublished dateUpdated cuid slug canonical cover coverAlt"
    " ogImage tags series subtitle disableComments enableToc brief domain publishAs"
    " hideFromHashnodeCommunity".split()
)

#: The turns in which posts choose their slugs: those that have one before those that guess, and
#: the published before drafts.
RANKS = (0, 1, 2, 3)


def rank(head: Mapping[str, object], *, is_draft: bool) -> int:
    """Return when it is the turn of the post with this head to choose its slug."""
    is_guess = not _slug(head.get("slug"))
    return 2 * is_guess + (is_draft or bool(visibility.withheld(head)))


def to_post(
    origin: str,
    head: Mapping[str, object],
    content: str,
    *,
    identifier: str,
    digest: str,
    is_draft: bool = False,
    estimates_date: bool = False,
) -> Incoming:
    """Return the post that a head (the keys of the GitHub backup) and a body make.

    Without a date it is a draft, unless `estimates_date`: then its identifier tells the date.
    """
    notes: list[Note] = []
    content = fences.mend(texts.plain(content, notes).strip("\n"), notes)
    content = dollars.escape(body.convert(content, notes))
    words = {key: _word(head.get(key), notes) for key in PLACED}
    fields = NewPost(
        title=words["title"] or legacy.first_words(content) or "Untitled",
        subtitle=words["subtitle"],
        slug=_slug(words["slug"]),
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
        allows_comments=not visibility.is_yes(head.get("disableComments")),
        shows_contents=visibility.is_yes(head.get("enableToc")),
        status=_status(head, notes, is_draft=is_draft),
    )
    if not words["title"]:
        notes.append(Note("no title, so its first words became one", str(fields["title"])))
    _date(fields, head, identifier, notes, estimates=estimates_date)
    _not_placed(head, words, notes)
    is_unread = fields["status"] == Post.Status.DRAFT
    return Incoming(
        origin=origin,
        source_id=f"hashnode:{identifier}"[:200],
        digest=digest,
        fields=fields,
        notes=notes,
        is_identified=cuid.is_identifier(identifier),
        old_path=f"/{words['slug']}" if words["slug"] and not is_unread else "",
        guessed_path="" if words["slug"] or is_unread else _guess(fields["title"], identifier),
    )


def _guess(title: str, identifier: str) -> str:
    """Return the address that Hashnode gave a post in the days of the older backup."""
    return f"/{slugs.slugify(title)}-{identifier}"


def _slug(value: object) -> str:
    """Return the slug where it can be one here, else nothing."""
    slug = " ".join(str(value or "").split())
    return slug if re.fullmatch(slugs.PATTERN, slug) else ""


def _status(head: Mapping[str, object], notes: list[Note], *, is_draft: bool) -> str:
    if is_draft:
        return Post.Status.DRAFT
    if key := visibility.withheld(head):
        if visibility.is_deletion_key(key):
            notes.append(Note("was deleted there, so it is a draft"))
        elif not visibility.is_draft_key(key):
            notes.append(Note("not published there, so it is a draft", f"{key}: {head[key]}"[:200]))
        return Post.Status.DRAFT
    return Post.Status.UNLISTED if visibility.is_unlisted(head) else Post.Status.PUBLISHED


def _date(
    fields: NewPost,
    head: Mapping[str, object],
    identifier: str,
    notes: list[Note],
    *,
    estimates: bool,
) -> None:
    """Set the dates. Where the identifier tells a missing one, it is marked as estimated."""
    at, made_at = dates.parse(head.get("datePublished")), cuid.made_at(identifier)
    if head.get("datePublished") and at is None:
        notes.append(Note("date that cannot be read", str(head["datePublished"])[:100]))
    if at is None and fields["status"] != Post.Status.DRAFT:
        if estimates and made_at is not None:
            fields["is_date_estimated"] = True
            at = made_at
        else:
            fields["status"] = Post.Status.DRAFT
            notes.append(Note("no date, so it is a draft"))
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
        if key in PLACED or visibility.is_key(key):
            continue
        if value not in ("", None, [], {}, False):
            notes.append(Note(f"field “{key[:40]}”", str(value)[:200]))
    if words["slug"] and not _slug(words["slug"]):
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
    return list(dict.fromkeys(filter(None, (_tag(_word(name, notes)) for name in named))))


def _tag(name: str) -> str:
    """Return a tag's name without the `#` before it and the cuid behind it, if it has them."""
    return _CUID.sub("", name.lstrip("#"))
