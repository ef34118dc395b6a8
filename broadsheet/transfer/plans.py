"""Deciding what to do with posts on their way in, from what is here already."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from broadsheet.posts.models import Post
from broadsheet.transfer.incoming import Incoming, Note
from broadsheet.transfer.models import ImportedPost
from broadsheet.transfer.report import Verb


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a post."""

    origin: str
    verb: Verb
    about: str = ""
    notes: Sequence[Note] = ()


@dataclass(slots=True)
class Plan:
    """What to create, what to update, and what is settled without a change."""

    new: list[Incoming] = field(default_factory=list)
    changed: list[tuple[Incoming, Post]] = field(default_factory=list)
    settled: list[Outcome] = field(default_factory=list)
    traces: dict[uuid.UUID, ImportedPost] = field(default_factory=dict)


def make(posts: Sequence[Incoming], *, wants_images: bool, wants_repair: bool) -> Plan:
    """Compare `posts` with what is here, in two queries."""
    here = _here(posts)
    plan = Plan(traces=ImportedPost.objects.in_bulk([post.pk for post in here.values()]))
    for incoming in posts:
        post = here.get(incoming.source_id)
        if post is None:
            plan.new.append(incoming)
            continue
        trace = plan.traces.get(post.pk)
        notes = [Note(*note) for note in trace.notes] if trace else []
        verb = _settled(incoming, post, trace)
        if verb == Verb.UNCHANGED and trace is not None:
            is_asked_for = (wants_images and trace.remote_images > 0) or (
                wants_repair and trace.is_garbled
            )
            if is_asked_for:
                verb = None if post.version == trace.version else Verb.EDITED_HERE
        if verb is None:
            plan.changed.append((incoming, post))
        else:
            plan.settled.append(Outcome(incoming.origin, verb, str(post), notes))
    return plan


def _settled(incoming: Incoming, post: Post, trace: ImportedPost | None) -> Verb | None:
    """Return why the post is left as it is; None where it may be brought up to date."""
    if post.deleted_at is not None:
        return Verb.DELETED_HERE
    if incoming.version is None and post.source_digest == incoming.digest:
        return Verb.UNCHANGED
    is_untouched = trace is not None and post.version == trace.version
    is_own_export = incoming.version == post.version and (
        trace is None or incoming.fields.get("updated_at") == post.updated_at
    )
    return None if is_untouched or is_own_export else Verb.EDITED_HERE


def _here(posts: Sequence[Incoming]) -> dict[str, Post]:
    """Return the posts that are here, by the source's names for them."""
    names = {incoming.source_id for incoming in posts}
    own = {incoming.post_id: incoming.source_id for incoming in posts if incoming.post_id}
    found = Post.objects.filter(Q(source_id__in=names) | Q(pk__in=own)).only(
        "title",
        "slug",
        "version",
        "deleted_at",
        "source_id",
        "source_digest",
        "status",
        "updated_at",
    )
    return {post.source_id if post.source_id in names else own[post.pk]: post for post in found}
