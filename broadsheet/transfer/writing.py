"""Writing a batch: new posts together, changed ones one by one."""

from collections.abc import Sequence
from typing import cast

from django.core.exceptions import ValidationError

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.actions import Fields
from broadsheet.posts.models import RESERVED_SLUGS, Post
from broadsheet.transfer import salvage
from broadsheet.transfer.incoming import Incoming, Note
from broadsheet.transfer.models import ImportedPost
from broadsheet.transfer.paths import lead_there
from broadsheet.transfer.plans import Outcome, Plan
from broadsheet.transfer.report import Verb

_MOVES = {
    Post.Status.DRAFT: actions.unpublish,
    Post.Status.UNLISTED: actions.unlist,
    Post.Status.ARCHIVED: actions.archive,
}


def write(plan: Plan, *, by: User) -> list[Outcome]:
    """Carry out the plan, in the caller's transaction."""
    created = _create(plan.new, by=by)
    return created + [_update(incoming, post, plan, by=by) for incoming, post in plan.changed]


def _create(new: Sequence[Incoming], *, by: User) -> list[Outcome]:
    for incoming in new:
        incoming.fields["source_id"] = incoming.source_id
        incoming.fields["source_digest"] = incoming.digest
    posts = salvage.create(new, by=by)
    outcomes = []
    for incoming, post in zip(new, posts, strict=True):
        _note(incoming, post)
        incoming.notes += lead_there(incoming, post)
        outcomes.append(_outcome(incoming, post, Verb.CREATED))
    ImportedPost.objects.bulk_create(
        ImportedPost(post=post, **_trace(incoming, post))
        for incoming, post in zip(new, posts, strict=True)
    )
    return outcomes


def _update(incoming: Incoming, post: Post, plan: Plan, *, by: User) -> Outcome:
    trace = plan.traces.get(post.pk)
    changes = _changes(incoming, post, trace)
    try:
        fresh = actions.edit(post, by=by, version=post.version, **changes)
        if trace is not None and trace.status == post.status != incoming.fields["status"]:
            fresh = _move(fresh, incoming, by=by)
    except ValidationError as error:
        about = f"{post}: {' '.join(error.messages)} The post here stays as it was."
        return Outcome(incoming.origin, Verb.FAILED, about, incoming.notes)
    except actions.Conflict:
        return Outcome(incoming.origin, Verb.EDITED_HERE, str(post), incoming.notes)
    _note(incoming, fresh)
    values = _trace(incoming, fresh)
    if trace is not None and any(getattr(trace, k) != v for k, v in values.items()):
        ImportedPost.objects.filter(pk=trace.pk).update(**values)
    verb = Verb.UNCHANGED if fresh.version == post.version else Verb.UPDATED
    return _outcome(incoming, fresh, verb)


def _changes(incoming: Incoming, post: Post, trace: ImportedPost | None) -> Fields:
    """Return what the source says of the fields that `edit` takes."""
    known = Fields.__annotations__
    changes = cast("Fields", {k: v for k, v in incoming.fields.items() if k in known})
    if trace is not None:
        changes["source_digest"] = incoming.digest
        changes.setdefault("cover", None)
    if incoming.fields.get("is_date_estimated"):
        changes.pop("pub_date", None)
    slug = changes.get("slug", "")
    if not slug or (trace is not None and slug == trace.slug):
        changes.pop("slug", None)
    elif slug != post.slug and (
        slug in RESERVED_SLUGS or Post.objects.filter(slug=slug).exclude(pk=post.pk).exists()
    ):
        changes.pop("slug", None)
        incoming.notes.append(Note("address that is taken, so the post keeps the one it has", slug))
    return changes


def _move(post: Post, incoming: Incoming, *, by: User) -> Post:
    """Follow the source where it published or withdrew the post, and nobody did so here."""
    status = Post.Status(incoming.fields["status"])
    try:
        if (move := _MOVES.get(status)) is not None:
            return move(post, by=by)
        return actions.publish(post, by=by, at=incoming.fields.get("pub_date"), is_import=True)
    except ValidationError as error:
        kind = f"status “{status.label}” that the post here cannot have"
        incoming.notes.append(Note(kind, " ".join(error.messages)))
        return post


def _note(incoming: Incoming, post: Post) -> None:
    incoming.notes += [Note("markup left out", name) for name in post.dropped]


def _trace(incoming: Incoming, post: Post) -> dict[str, object]:
    return {
        "version": post.version,
        "slug": incoming.fields.get("slug", ""),
        "status": post.status,
        "notes": [list(note) for note in incoming.notes],
        "remote_images": incoming.remote_images,
        "is_garbled": incoming.is_garbled,
    }


def _outcome(incoming: Incoming, post: Post, verb: Verb) -> Outcome:
    about = f"“{post.title}” at /{post.slug}"
    if post.status != Post.Status.PUBLISHED:
        about += f" ({post.get_status_display()})"
    return Outcome(incoming.origin, verb, about, incoming.notes)
