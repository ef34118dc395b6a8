"""Saving while someone writes: a draft itself, and a working copy of every other post."""

import datetime as dt
from dataclasses import dataclass
from typing import TypedDict, Unpack, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts.actions.edit import save_version
from broadsheet.posts.actions.input import (
    EditConflictError,
    PostInput,
    reject_null_characters,
    with_rendered,
)
from broadsheet.posts.models import Post, Revision, WorkingCopy


class PostTexts(TypedDict, total=False):
    """The texts that are saved while they are written."""

    title: str
    subtitle: str
    content: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Autosave:
    """The result of `autosave`: what the next one has to name."""

    #: The version of the post that the next change is based on.
    version: int
    #: The number of the working copy; 0 if the draft itself was saved.
    copy: int
    saved_at: dt.datetime
    #: Whether someone else has saved the post in the meantime.
    is_outdated: bool


def autosave(
    post: Post, *, by: User, version: int, copy: int = 0, **texts: Unpack[PostTexts]
) -> Autosave:
    """Save the texts of `post`, which was read at `version`, while they are written.

    A draft is saved itself, unless it has another version by now. Everything else goes to the
    user's working copy, which only `update` publishes. `copy` is the number of the working copy
    that was read, 0 for none. Raises EditConflictError if it has another number by now,
    ValidationError and PoolBusyError.
    """
    changes = cast("PostInput", texts)
    reject_null_characters(changes)  # type: ignore[arg-type] # a NewPostInput has these keys too
    if post.status == Post.Status.DRAFT:
        changes = with_rendered(changes, language=post.language)
    return _autosave(post, changes, texts, by=by, version=version, copy=copy)


@transaction.atomic
def _autosave(
    post: Post, changes: PostInput, texts: PostTexts, *, by: User, version: int, copy: int
) -> Autosave:
    current = Post.objects.get_for_update(post.pk)
    working = WorkingCopy.objects.filter(post=current, user=by).first()
    if (working.number if working else 0) != copy:
        raise EditConflictError(current)
    if version > current.version or version < 1:
        raise ValidationError({"version": str(EditConflictError(current))})
    if current.status == Post.Status.DRAFT and current.version == version:
        if working is not None:
            working.delete()
        saved = save_version(current, changes, by=by, version=version, kind=Revision.Kind.AUTOSAVE)
        return Autosave(saved.version, 0, saved.updated_at, is_outdated=False)
    if working is None:
        current_text = {name: getattr(current, name) for name in WorkingCopy.TEXTS}
        working = WorkingCopy(post=current, user=by, base_version=version, number=0, **current_text)
    for name, text in texts.items():
        setattr(working, name, text)
    working.base_version = version
    working.number += 1
    working.updated_at = timezone.now()
    working.clean_fields(exclude=["post", "user"])
    working.save()
    is_outdated = current.version != version
    return Autosave(version, working.number, working.updated_at, is_outdated=is_outdated)


def update(post: Post, *, by: User, version: int, **changes: Unpack[PostInput]) -> Post:
    """Save a new version like `edit`, and end the working copy that it was written in."""
    reject_null_characters(changes)  # type: ignore[arg-type] # as above
    rendered = with_rendered(changes, language=post.language)
    with transaction.atomic():
        saved = save_version(post, rendered, by=by, version=version)
        WorkingCopy.objects.filter(post=saved, user=by).delete()
    return saved


@transaction.atomic
def discard(post: Post, *, by: User) -> None:
    """Delete the user's working copy of `post`, if there is one."""
    current = Post.objects.get_for_update(post.pk)
    WorkingCopy.objects.filter(post=current, user=by).delete()
