"""What a bulk change does to one locked post, and how it is undone."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.posts.actions.delete import delete, restore
from broadsheet.posts.actions.edit import edit
from broadsheet.posts.actions.input import PostInput
from broadsheet.posts.actions.publish import reinstate, unpublish
from broadsheet.posts.models import BulkChange, Post, Series, Tag

_Verb = BulkChange.Verb


class NothingToChange(Exception):  # noqa: N818 - no error
    """The post is as the change would make it."""


def apply_change(bulk: BulkChange, post: Post) -> tuple[dict[str, Any], int]:
    """Change `post`; return what `revert_change` needs, and the post's new version.

    Raises NothingToChange and ValidationError.
    """
    match bulk.verb:
        case _Verb.UNPUBLISH:
            if post.status == Post.Status.DRAFT:
                raise NothingToChange
            before: dict[str, Any] = {
                "status": post.status,
                "pub_date": post.pub_date.isoformat() if post.pub_date else None,
            }
            return before, unpublish(post, by=bulk.user).version
        case _Verb.DELETE:
            deleted = delete(post, by=bulk.user)
            return {"deleted_at": str(deleted.deleted_at)}, deleted.version
    before, changes = _changes(bulk, post)
    changed = edit(post, by=bulk.user, version=post.version, **changes)
    if changed.version == post.version:
        raise NothingToChange
    return before, changed.version


def revert_change(bulk: BulkChange, post: Post, before: dict[str, Any]) -> None:
    """Give `post` back what it had before. Raises ValidationError."""
    if bulk.verb == _Verb.DELETE:
        if str(post.deleted_at) != before["deleted_at"]:
            raise ValidationError(_("The post was restored or deleted since."))
        restore(post, by=bulk.user)
        return
    if post.deleted_at is not None:
        raise ValidationError(_("The post is deleted."))
    if bulk.verb == _Verb.UNPUBLISH:
        if post.status != Post.Status.DRAFT:
            raise ValidationError(_("The status of the post was changed since."))
        date = before["pub_date"] and dt.datetime.fromisoformat(before["pub_date"])
        reinstate(post, by=bulk.user, status=before["status"], pub_date=date)
        return
    edit(post, by=bulk.user, version=post.version, **_values_before(before))


def _values_before(before: dict[str, Any]) -> PostInput:
    """Return the input for `edit`; what was deleted since is left out, renamed rows are found."""
    changes: PostInput = {}
    if "authors" in before:
        users = {str(user.pk): user for user in User.objects.filter(pk__in=before["authors"])}
        changes["authors"] = [users[pk] for pk in before["authors"] if pk in users]
    if "tags" in before:
        tags = {str(tag.pk): tag.name for tag in Tag.objects.filter(pk__in=before["tags"])}
        changes["tags"] = [tags[pk] for pk in before["tags"] if pk in tags]
    if "series" in before:
        series = Series.objects.filter(pk=before["series"]).first()
        changes["series"] = series.name if series else ""
        changes["series_position"] = before["series_position"]
    return changes


def _changes(bulk: BulkChange, post: Post) -> tuple[dict[str, Any], PostInput]:
    """Return the ids before, and the changes."""
    tags = {str(tag.pk): tag.name for tag in post.tags.all()}
    match bulk.verb:
        case _Verb.ADD_TAG:
            return {"tags": list(tags)}, {"tags": [*tags.values(), bulk.value]}
        case _Verb.REMOVE_TAG:
            others = [name for name in tags.values() if name != bulk.value]
            return {"tags": list(tags)}, {"tags": others}
        case _Verb.SET_SERIES:
            series = str(post.series_id) if post.series_id else None
            position = {"series_position": post.series_position}
            return {"series": series, **position}, {"series": bulk.value}
        case _:
            authors = [str(author.pk) for author in post.authors.all()]
            return {"authors": authors}, {"authors": [User.objects.get(username=bulk.value)]}
