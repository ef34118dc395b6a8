"""Revisions of a post: naming and restoring them."""

import uuid
from typing import Any, cast

from django.db import transaction

from broadsheet.accounts.models import User
from broadsheet.media.models import Image
from broadsheet.posts.actions.edit import edit
from broadsheet.posts.actions.input import COLUMNS, PostInput
from broadsheet.posts.models import Post, Revision

#: Fields that are restored with a revision, if it has them. URL and authors stay.
RESTORED_FIELDS = (*(name for name in COLUMNS if name != "slug"), "series", "tags")


@transaction.atomic
def name_revision(revision: Revision, name: str) -> Revision:
    """Set the name of a revision, or remove it. Autosaves do not replace a revision with a name.

    Raises ValidationError, and Revision.DoesNotExist if an autosave has just replaced it.
    """
    Post.objects.get_for_update(revision.post_id)
    current = Revision.objects.get(pk=revision.pk, number=revision.number)
    current.name = Revision._meta.get_field("name").clean(name.strip(), current)  # noqa: SLF001 - Django's public API
    current.save(update_fields=["name"])
    return current


def restore_revision(revision: Revision, *, by: User, version: int) -> Post:
    """Save the fields of a revision as a new version of its post, which was read at `version`.

    Raises EditConflictError, ValidationError and PoolBusyError.
    """
    return edit(revision.post, by=by, version=version, **_fields_to_restore(revision))


def _fields_to_restore(revision: Revision) -> PostInput:
    """Return the fields of an edit that restores `revision`, without a deleted cover."""
    saved = revision.fields
    fields: dict[str, Any] = {name: saved[name] for name in RESTORED_FIELDS if name in saved}
    fields |= {name: getattr(revision, name) for name in ("title", "subtitle", "content")}
    if "cover" in saved:
        cover = saved["cover"] and uuid.UUID(saved["cover"])
        fields["cover"] = Image.objects.filter(pk=cover).first() if cover else None
    return cast("PostInput", fields)
