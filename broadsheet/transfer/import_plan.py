"""Import plan: which posts to create, update or skip, compared with existing posts."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from broadsheet.posts.models import Post
from broadsheet.transfer.models import ImportedPost
from broadsheet.transfer.records import Note, PostRecord
from broadsheet.transfer.report import ImportOutcome


@dataclass(frozen=True, slots=True)
class ItemResult:
    """Result of one post."""

    origin: str
    outcome: ImportOutcome
    detail: str = ""
    notes: Sequence[Note] = ()


@dataclass(slots=True)
class ImportPlan:
    """Posts to create, posts to update, and results of skipped posts."""

    new: list[PostRecord] = field(default_factory=list)
    changed: list[tuple[PostRecord, Post]] = field(default_factory=list)
    skipped: list[ItemResult] = field(default_factory=list)
    imported_posts: dict[uuid.UUID, ImportedPost] = field(default_factory=dict)


def make_plan(posts: Sequence[PostRecord], *, wants_images: bool, wants_repair: bool) -> ImportPlan:
    """Compare `posts` with the existing ones, in two queries."""
    existing = _existing_posts(posts)
    plan = ImportPlan(
        imported_posts=ImportedPost.objects.in_bulk([post.pk for post in existing.values()])
    )
    for record in posts:
        post = existing.get(record.source_id)
        if post is None:
            plan.new.append(record)
            continue
        imported = plan.imported_posts.get(post.pk)
        notes = [Note(*note) for note in imported.notes] if imported else []
        outcome = _outcome_without_change(record, post, imported)
        if outcome == ImportOutcome.UNCHANGED and imported is not None:
            needs_update = (wants_images and imported.remote_images > 0) or (
                wants_repair and imported.is_garbled
            )
            if needs_update:
                outcome = None if post.version == imported.version else ImportOutcome.EDITED_HERE
        if outcome is None:
            plan.changed.append((record, post))
        else:
            plan.skipped.append(ItemResult(record.origin, outcome, str(post), notes))
    return plan


def _outcome_without_change(
    record: PostRecord, post: Post, imported: ImportedPost | None
) -> ImportOutcome | None:
    """Return the outcome of a post that stays unchanged; None if it may be updated."""
    if post.deleted_at is not None:
        return ImportOutcome.DELETED_HERE
    if record.version is None and post.source_digest == record.digest:
        return ImportOutcome.UNCHANGED
    is_untouched = imported is not None and post.version == imported.version
    is_own_export = record.version == post.version and (
        imported is None or record.fields.get("updated_at") == post.updated_at
    )
    return None if is_untouched or is_own_export else ImportOutcome.EDITED_HERE


def _existing_posts(posts: Sequence[PostRecord]) -> dict[str, Post]:
    """Return existing posts by source id."""
    source_ids = {record.source_id for record in posts}
    own_ids = {record.post_id: record.source_id for record in posts if record.post_id}
    rows = Post.objects.filter(Q(source_id__in=source_ids) | Q(pk__in=own_ids)).only(
        "title",
        "slug",
        "version",
        "deleted_at",
        "source_id",
        "source_digest",
        "kind",
        "status",
        "updated_at",
    )
    return {
        post.source_id if post.source_id in source_ids else own_ids[post.pk]: post for post in rows
    }
