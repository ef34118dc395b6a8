"""Bulk changes: requested, carried out post by post, and undone.

Each post is one transaction with its item, so a job that was killed continues where it stopped,
and a repeated one changes nothing.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.posts import policy, signals
from broadsheet.posts.actions.bulk_steps import NothingToChange, apply_change, revert_change
from broadsheet.posts.actions.tags import reject_commas
from broadsheet.posts.models import BulkChange, BulkChangeItem, Post, Series, Tag

#: The largest number of posts of one bulk change.
MAX_POSTS = 1_000
#: How long a bulk change can be undone.
UNDO_PERIOD = dt.timedelta(days=30)
_BATCH = 20
_DELETED_AT_ONCE = 50
_Item = BulkChangeItem.State


@transaction.atomic
def create_bulk_change(
    posts: Sequence[UUID], *, by: User, verb: str, value: str = ""
) -> BulkChange:
    """Request a change of `posts`. Raises ValidationError and PermissionDenied.

    Posts that `by` cannot see are left out. Whether `by` may change a post is checked when its turn
    comes; those that they may not change are skipped.
    """
    bulk = BulkChange(user=by, verb=verb, value=value.strip())
    bulk.full_clean()
    _check_value(bulk)
    if not posts:
        raise ValidationError({"posts": _("Select at least one post.")})
    if len(posts) > MAX_POSTS:
        raise ValidationError({"posts": _("Select at most %d posts.") % MAX_POSTS})
    existing = set(Post.objects.visible_to(by).filter(pk__in=posts).values_list("pk", flat=True))
    bulk.save()
    ids = [pk for pk in dict.fromkeys(posts) if pk in existing]
    BulkChangeItem.objects.bulk_create(BulkChangeItem(bulk_change=bulk, post_id=pk) for pk in ids)
    signals.bulk_change_requested.send(BulkChange, bulk_change=bulk)
    return bulk


@transaction.atomic
def undo_bulk_change(bulk: BulkChange) -> BulkChange:
    """Request that a finished change is undone. Raises ValidationError for any other."""
    current = BulkChange.objects.select_for_update().get(pk=bulk.pk)
    if current.state != BulkChange.State.DONE:
        raise ValidationError(_("Only a change that is done can be undone, and only once."))
    current.state = BulkChange.State.UNDOING
    current.save(update_fields=["state"])
    signals.bulk_change_requested.send(BulkChange, bulk_change=current)
    return current


def delete_old_bulk_changes() -> None:
    """Delete ended bulk changes after 30 days: they can no longer be undone."""
    old = BulkChange.objects.filter(created_at__lt=timezone.now() - UNDO_PERIOD)
    for bulk in old.exclude(state__in=BulkChange.ACTIVE)[:_DELETED_AT_ONCE]:
        bulk.delete()


def continue_bulk_change(pk: UUID) -> bool:
    """Change or restore the next posts of a bulk change; return whether there may be more."""
    bulk = BulkChange.objects.select_related("user").filter(pk=pk).first()
    if bulk is None or not bulk.is_active:
        return False
    is_undo = bulk.state == BulkChange.State.UNDOING
    step = _undo if is_undo else _do
    open_state = _Item.CHANGED if is_undo else _Item.WAITING
    waiting = bulk.items.filter(state=open_state).order_by("pk")
    items = list(waiting.values_list("pk", flat=True)[:_BATCH])
    for item in items:
        _step(item, open_state, bulk, step)
    if items:
        return True
    ended = BulkChange.State.UNDONE if is_undo else BulkChange.State.DONE
    BulkChange.objects.filter(pk=pk, state=bulk.state).update(state=ended)
    return False


@transaction.atomic
def _step(
    pk: int, state: str, bulk: BulkChange, step: Callable[[BulkChange, BulkChangeItem, Post], None]
) -> None:
    """Do one step with one item, unless another job has done it."""
    item = BulkChangeItem.objects.select_for_update().filter(pk=pk, state=state).first()
    if item is None:
        return
    step(bulk, item, Post.objects.get_for_update(item.post_id))
    item.save()


def _do(bulk: BulkChange, item: BulkChangeItem, post: Post) -> None:
    if post.deleted_at is not None:
        item.state, item.reason = _Item.SKIPPED, _("The post is deleted.")
        return
    if not policy.can_edit(bulk.user, post):
        item.state, item.reason = _Item.SKIPPED, _("You may not change this post.")
        return
    try:
        with transaction.atomic():
            item.before, item.version = apply_change(bulk, post)
    except NothingToChange:
        item.state = _Item.UNCHANGED
    except ValidationError as error:
        item.state, item.reason = _Item.SKIPPED, " ".join(error.messages)[:300]
    else:
        item.state = _Item.CHANGED


def _undo(bulk: BulkChange, item: BulkChangeItem, post: Post) -> None:
    item.state = _Item.KEPT
    if not policy.can_edit(bulk.user, post):
        item.reason = _("You may not change this post.")
        return
    if post.version != item.version:
        item.reason = _("The post was edited since.")
        return
    try:
        with transaction.atomic():
            revert_change(bulk, post, item.before)
    except ValidationError as error:
        item.reason = " ".join(error.messages)[:300]
    else:
        item.state = _Item.UNDONE


def _check_value(bulk: BulkChange) -> None:
    """Check the value, and whether the user may choose authors."""
    verbs = BulkChange.Verb
    if "\0" in bulk.value:
        raise ValidationError({"value": _("Null characters are not allowed.")})
    if bulk.verb == verbs.SET_AUTHOR:
        if not policy.can_name_authors(bulk.user):
            raise PermissionDenied(_("Only editors and owners can choose authors."))
        if not User.objects.public().filter(username=bulk.value).exists():
            raise ValidationError({"value": _("There is no author “%s”.") % bulk.value})
    if bulk.verb == verbs.ADD_TAG:
        reject_commas("value", bulk.value)
        _check_name(Tag(name=bulk.value))
    if bulk.verb == verbs.SET_SERIES and bulk.value:
        _check_name(Series(name=bulk.value))
    if bulk.verb == verbs.REMOVE_TAG and not Tag.objects.filter(name=bulk.value).exists():
        raise ValidationError({"value": _("There is no tag “%s”.") % bulk.value})
    if bulk.value and bulk.verb not in BulkChange.WITH_VALUE:
        raise ValidationError({"value": _("This change needs no value. Leave it empty.")})


def _check_name(row: Tag | Series) -> None:
    try:
        row.full_clean(exclude=["slug"], validate_unique=False)
    except ValidationError as error:
        raise ValidationError({"value": error.messages}) from error
