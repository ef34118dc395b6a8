"""Applying an import plan: new posts in bulk, changed ones one by one."""

from collections.abc import Sequence
from typing import cast

from django.core.exceptions import ValidationError

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.actions import PostInput
from broadsheet.posts.models import RESERVED_SLUGS, Post
from broadsheet.transfer import repair
from broadsheet.transfer.import_plan import ImportPlan, ItemResult
from broadsheet.transfer.models import ImportedPost
from broadsheet.transfer.records import Note, PostRecord
from broadsheet.transfer.redirects import create_redirects
from broadsheet.transfer.report import ImportOutcome

_STATUS_ACTIONS = {
    Post.Status.DRAFT: actions.unpublish,
    Post.Status.UNLISTED: actions.unlist,
    Post.Status.ARCHIVED: actions.archive,
}


def apply_plan(plan: ImportPlan, *, by: User) -> list[ItemResult]:
    """Apply the plan, in the caller's transaction."""
    created = _create(plan.new, by=by)
    return created + [_update(record, post, plan, by=by) for record, post in plan.changed]


def _create(new: Sequence[PostRecord], *, by: User) -> list[ItemResult]:
    for record in new:
        record.fields["source_id"] = record.source_id
        record.fields["source_digest"] = record.digest
    posts = repair.create_with_repair(new, by=by)
    results = []
    for record, post in zip(new, posts, strict=True):
        _note_dropped_markup(record, post)
        record.notes += create_redirects(record, post)
        results.append(_result(record, post, ImportOutcome.CREATED))
    ImportedPost.objects.bulk_create(
        ImportedPost(post=post, **_imported_post_values(record, post))
        for record, post in zip(new, posts, strict=True)
    )
    return results


def _update(record: PostRecord, post: Post, plan: ImportPlan, *, by: User) -> ItemResult:
    imported = plan.imported_posts.get(post.pk)
    changes = _changes(record, post, imported)
    try:
        updated = actions.edit(post, by=by, version=post.version, **changes)
        if imported is not None and imported.status == post.status != record.fields["status"]:
            updated = _change_status(updated, record, by=by)
    except ValidationError as error:
        detail = f"{post}: {' '.join(error.messages)} The post here is unchanged."
        return ItemResult(record.origin, ImportOutcome.FAILED, detail, record.notes)
    except actions.EditConflictError:
        return ItemResult(record.origin, ImportOutcome.EDITED_HERE, str(post), record.notes)
    _note_dropped_markup(record, updated)
    values = _imported_post_values(record, updated)
    if imported is not None and any(getattr(imported, k) != v for k, v in values.items()):
        ImportedPost.objects.filter(pk=imported.pk).update(**values)
    outcome = ImportOutcome.UNCHANGED if updated.version == post.version else ImportOutcome.UPDATED
    return _result(record, updated, outcome)


def _changes(record: PostRecord, post: Post, imported: ImportedPost | None) -> PostInput:
    """Return the source's values of the fields that `edit` accepts."""
    field_names = PostInput.__annotations__
    changes = cast("PostInput", {k: v for k, v in record.fields.items() if k in field_names})
    if imported is not None:
        changes["source_digest"] = record.digest
        changes.setdefault("cover", None)
    if record.fields.get("is_date_estimated"):
        changes.pop("pub_date", None)
    kind = changes.get("kind", post.kind)
    if kind != post.kind and post.is_searchable:  # would announce a page as a new post
        changes.pop("kind")
        record.notes.append(Note("type of a published post, which stays", kind))
    slug = changes.get("slug", "")
    if not slug or (imported is not None and slug == imported.slug):
        changes.pop("slug", None)
    elif slug != post.slug and (
        slug in RESERVED_SLUGS or Post.objects.filter(slug=slug).exclude(pk=post.pk).exists()
    ):
        changes.pop("slug", None)
        record.notes.append(Note("URL already taken, so the post keeps its own", slug))
    return changes


def _change_status(post: Post, record: PostRecord, *, by: User) -> Post:
    """Apply a status change of the source, if the status here has not changed since the import."""
    status = Post.Status(record.fields["status"])
    try:
        if (action := _STATUS_ACTIONS.get(status)) is not None:
            return action(post, by=by)
        return actions.publish(post, by=by, at=record.fields.get("pub_date"), is_import=True)
    except ValidationError as error:
        kind = f"status “{status.label}” that the post here cannot have"
        record.notes.append(Note(kind, " ".join(error.messages)))
        return post


def _note_dropped_markup(record: PostRecord, post: Post) -> None:
    record.notes += [Note("markup removed", name) for name in post.dropped]


def _imported_post_values(record: PostRecord, post: Post) -> dict[str, object]:
    return {
        "version": post.version,
        "slug": record.fields.get("slug", ""),
        "status": post.status,
        "notes": [list(note) for note in record.notes],
        "remote_images": record.remote_images,
        "is_garbled": record.is_garbled,
    }


def _result(record: PostRecord, post: Post, outcome: ImportOutcome) -> ItemResult:
    detail = f"“{post.title}” at /{post.slug}"
    if post.status != Post.Status.PUBLISHED:
        detail += f" ({post.get_status_display()})"
    return ItemResult(record.origin, outcome, detail, record.notes)
