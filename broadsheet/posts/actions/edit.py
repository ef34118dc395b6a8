"""Saving new versions of posts."""

import datetime as dt
from typing import Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet import markup, search
from broadsheet.accounts.models import User
from broadsheet.lib import slugs
from broadsheet.posts import signals
from broadsheet.posts.actions import image_uses
from broadsheet.posts.actions.announce import (
    is_public,
    mark_published,
    send_changed,
    send_published,
)
from broadsheet.posts.actions.index_sync import listed_at
from broadsheet.posts.actions.input import (
    EditConflictError,
    PostInput,
    assign,
    check_status,
    reject_null_characters,
    with_rendered,
)
from broadsheet.posts.actions.slug_conflicts import is_slug_conflict, slug_taken, taken_slugs
from broadsheet.posts.actions.taxonomy import get_or_create_series, get_or_create_tags
from broadsheet.posts.actions.version import Version, add_relations, unique
from broadsheet.posts.models import SERIES_END, Authorship, Post, PostTag, Revision, Tag
from broadsheet.publication.actions import add_redirect
from broadsheet.publication.models import Redirect

#: A pause after which autosaves begin a new revision.
SESSION_PAUSE = dt.timedelta(minutes=30)


def edit(post: Post, *, by: User, version: int, **changes: Unpack[PostInput]) -> Post:
    """Save a new version of `post`, which was read at `version`.

    If nothing differs, nothing is saved. A changed slug leaves a redirect if the post was readable;
    the redirect is inactive while the post is not. Raises EditConflictError if the post has
    another version by now, ValidationError and PoolBusyError.
    """
    reject_null_characters(changes)  # type: ignore[arg-type] # a NewPostInput has these keys too
    return save_version(
        post, with_rendered(changes, language=post.language), by=by, version=version
    )


@transaction.atomic
def save_version(
    post: Post,
    changes: PostInput,
    *,
    by: User,
    version: int,
    kind: Revision.Kind = Revision.Kind.SAVED,
) -> Post:
    """Save the rendered `changes`; autosaves of one session replace each other's revision."""
    current = Post.objects.get_for_update(post.pk)
    if current.version != version:
        raise EditConflictError(current)
    before, relations_before = _column_values(current), _relations(current)
    slug_before, pub_date_before = current.slug, current.pub_date
    _claim_slug(current, changes)
    text = assign(current, changes)  # type: ignore[arg-type] # as above
    check_status(current)
    is_first = "kind" in changes and mark_published(current)  # a page that becomes a post
    authors, tags = _authors(current, changes), _tags(current, changes)
    _set_series(current, changes, before)
    relations = authors, tags, listed_at(current)
    if (before, relations_before) == (_column_values(current), relations):
        if kind == Revision.Kind.SAVED:  # from now on, autosaves do not replace it
            autosaved = current.revisions.filter(number=version, kind=Revision.Kind.AUTOSAVE)
            autosaved.update(kind=kind)
        return current
    current.version += 1
    current.updated_at = timezone.now()
    _save(current, slug_before)
    new = Version(current, text or markup.plain_text(current.html), authors, tags)
    if relations != relations_before:  # else cached pages of the same lists would be invalidated
        Authorship.objects.filter(post=current).delete()
        PostTag.objects.filter(post=current).delete()
        add_relations([new])
    _save_revision(new.revision(by=by, kind=kind))
    if any(before[name] != getattr(current, name) for name in image_uses.FIELDS):
        image_uses.sync_image_uses(current)
    if slug_before != current.slug and _has_been_public(current, f"/{slug_before}"):
        add_redirect(f"/{slug_before}", f"/{current.slug}")
    _update_lists(current, new)
    fresh = Post.objects.for_reading().get(pk=post.pk)
    fresh.dropped = current.dropped
    if is_first:
        send_published(fresh, by=by)
    else:
        send_changed(fresh, was_public=is_public(fresh), by=by, old_slug=slug_before)
    if fresh.status == Post.Status.SCHEDULED and fresh.pub_date != pub_date_before:
        signals.post_scheduled.send(Post, post=fresh, by=by)
    return fresh


def _update_lists(post: Post, version: Version) -> None:
    """Update what lists and the search know of a post."""
    if post.is_searchable:
        search.put([version.document()])
    if post.is_listed:
        signals.posts_relisted.send(Post, posts=[post.pk])


def _save_revision(revision: Revision) -> None:
    """Insert a revision, or replace the one of the same session."""
    if revision.kind == Revision.Kind.AUTOSAVE:
        session = Revision.objects.filter(
            post=revision.post,
            number=revision.number - 1,
            kind=Revision.Kind.AUTOSAVE,
            name="",
            saved_by=revision.saved_by,
            saved_at__gt=revision.saved_at - SESSION_PAUSE,
        )
        if pk := session.values_list("pk", flat=True).first():
            revision.pk = pk
            revision.save(force_update=True)
            return
    revision.save(force_insert=True)


def _column_values(post: Post) -> dict[str, object]:
    return {field.attname: getattr(post, field.attname) for field in post._meta.concrete_fields}  # noqa: SLF001


def _relations(post: Post) -> tuple[object, ...]:
    return list(post.authors.all()), list(post.tags.all()), listed_at(post)


def _has_been_public(post: Post, path: str) -> bool:
    """Return whether visitors may know `path`, the post's current path."""
    has_been_read = post.pub_date is not None and post.pub_date <= timezone.now()  # drafts keep it
    return has_been_read or Redirect.objects.filter(new_path=path).exists()


def _authors(post: Post, changes: PostInput) -> list[User]:
    authors = unique(changes["authors"]) if "authors" in changes else list(post.authors.all())
    if not authors:
        raise ValidationError({"authors": _("A post needs at least one author.")})
    return authors


def _tags(post: Post, changes: PostInput) -> list[Tag]:
    if "tags" not in changes:
        return list(post.tags.all())
    tags = get_or_create_tags(changes["tags"])
    names = (name.strip() for name in changes["tags"])
    return unique(tags[name] for name in names if name in tags)


def _set_series(post: Post, changes: PostInput, before: dict[str, object]) -> None:
    """Set the series; in another one, the post is at the end unless the changes place it."""
    if "series" not in changes:
        return
    name = changes["series"]
    post.series = get_or_create_series([name]).get(name.strip())
    is_same = post.series_id == before["series_id"]
    if not is_same and post.series_position == before["series_position"]:
        post.series_position = SERIES_END


def _claim_slug(post: Post, changes: PostInput) -> None:
    """Check that the new slug is free; generate an empty one from the title."""
    if "slug" not in changes:
        return
    if not changes["slug"]:
        base = slugs.slugify(changes.get("title", post.title))
        changes["slug"] = slugs.make_unique(base, taken_slugs([base]) - {post.slug})
    if Post.objects.filter(slug=changes["slug"]).exclude(pk=post.pk).exists():
        raise slug_taken(changes["slug"])


def _save(post: Post, slug_before: str) -> None:
    """Save the post. Raises ValidationError if another transaction has just taken its new slug."""
    if post.slug == slug_before:
        post.save()
        return
    try:
        with transaction.atomic():
            post.save()
    except IntegrityError as error:
        if not is_slug_conflict(error):
            raise
        raise slug_taken(post.slug) from error
