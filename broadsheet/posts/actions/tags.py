"""Renaming, merging and deleting tags."""

from typing import Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet import search
from broadsheet.posts import signals
from broadsheet.posts.actions.index_sync import document_of
from broadsheet.posts.actions.renaming import Names, add_redirects, save_names
from broadsheet.posts.models import Post, PostTag, Tag

#: Paths below `/tag/<slug>` that visitors and feed readers know.
_PATHS = ("", "/rss.xml", "/atom.xml", "/feed.json")
#: Posts that are indexed in one transaction.
BATCH_SIZE = 100


@transaction.atomic
def edit_tag(tag: Tag, **changes: Unpack[Names]) -> Tag:
    """Change the name, slug or description of `tag`. Raises ValidationError and Tag.DoesNotExist.

    A changed slug leaves redirects if visitors may know the old one.
    """
    reject_commas("name", changes.get("name", ""))
    current = Tag.objects.select_for_update().get(pk=tag.pk)
    name_before, slug_before = current.name, current.slug
    if save_names(current, changes):
        _redirect(slug_before, current, posts_of=current)
    if current.name != name_before:
        signals.tag_changed.send(Tag, tag=current)
    return current


@transaction.atomic
def merge_tag(tag: Tag, *, into: Tag) -> Tag:
    """Give the posts of `tag` the tag `into` instead, delete `tag`, and return `into`.

    The old URLs redirect. Raises ValidationError if both are the same, and Tag.DoesNotExist.
    """
    if tag.pk == into.pk:
        raise ValidationError({"into": _("This is the same tag. Choose another one.")})
    # In one order, so that two merges do not deadlock.
    rows = Tag.objects.select_for_update().filter(pk__in=[tag.pk, into.pk]).order_by("pk")
    locked = {row.pk: row for row in rows}
    try:
        old, new = locked[tag.pk], locked[into.pk]
    except KeyError as error:
        raise Tag.DoesNotExist(_("This tag no longer exists.")) from error
    _redirect(old.slug, new, posts_of=old)
    links = PostTag.objects.filter(tag=old)
    links.filter(post__in=PostTag.objects.filter(tag=new).values("post")).delete()
    links.update(tag=new)
    old.delete()
    signals.tag_changed.send(Tag, tag=new)
    return new


@transaction.atomic
def delete_tag(tag: Tag) -> None:
    """Delete a tag that no post has. Raises ValidationError if one has it, and Tag.DoesNotExist."""
    locked = Tag.objects.select_for_update().get(pk=tag.pk)
    if PostTag.objects.filter(tag=locked).exists():
        message = _("Posts have this tag, maybe deleted ones. Merge it into another tag instead.")
        raise ValidationError(message)
    locked.delete()


@transaction.atomic
def reindex_tagged(tag: UUID, *, after: UUID) -> UUID | None:
    """Update the search index for the next posts with a tag; return the id of the last one.

    None: there are no more posts. They are locked, so that no newer text is overwritten.
    """
    links = PostTag.objects.filter(tag=tag, post__gt=after).order_by("post")
    ids = list(links.values_list("post", flat=True)[:BATCH_SIZE])
    if not ids:
        return None
    posts = Post.objects.filter(pk__in=ids).for_reading().select_for_update(of=("self",))
    searchable = [post for post in posts.order_by("pk") if post.is_searchable]
    search.put([document_of(post) for post in searchable])
    if listed := [post.pk for post in searchable if post.is_listed]:
        signals.posts_relisted.send(Post, posts=listed)
    return ids[-1]


def reject_commas(field: str, name: str) -> None:
    """Raise ValidationError for `field` if forms, which separate tags by commas, would split it."""
    if "," in name:
        raise ValidationError({field: _("A tag cannot contain a comma.")})


def _redirect(old_slug: str, tag: Tag, *, posts_of: Tag) -> None:
    posts = Post.objects.filter(posttag__tag=posts_of)
    add_redirects(f"/tag/{old_slug}", f"/tag/{tag.slug}", posts=posts, paths=_PATHS)
