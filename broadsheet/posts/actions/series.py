"""Renaming, sorting and deleting series."""

from collections.abc import Sequence
from typing import Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.posts.actions.renaming import Names, add_redirects, save_names
from broadsheet.posts.models import Post, Series

#: The longest series that can be sorted by hand.
MAX_SORTED = 500


@transaction.atomic
def edit_series(series: Series, **changes: Unpack[Names]) -> Series:
    """Change the name, slug or description. Raises ValidationError and Series.DoesNotExist.

    A changed slug leaves a redirect if visitors may know the old one.
    """
    current = Series.objects.select_for_update().get(pk=series.pk)
    old = f"/series/{current.slug}"
    if save_names(current, changes):
        posts = Post.objects.filter(series=current)
        add_redirects(old, f"/series/{current.slug}", posts=posts, paths=[""])
    return current


@transaction.atomic
def sort_series(series: Series, posts: Sequence[UUID]) -> None:
    """Put `posts` first, in this order; other posts of the series follow in theirs.

    Posts keep their versions and dates. Raises ValidationError for posts that are not in the
    series, and if it is too long; Series.DoesNotExist.
    """
    locked = Series.objects.select_for_update().get(pk=series.pk)
    parts = Post.objects.alive().filter(series=locked)
    current = dict(parts.in_series_order().values_list("pk", "series_position")[: MAX_SORTED + 1])
    if len(current) > MAX_SORTED:
        message = _("Series with more than %d posts are in the order of their dates.")
        raise ValidationError({"posts": message % MAX_SORTED})
    if not current.keys() >= set(posts):
        raise ValidationError({"posts": _("A post is not in this series any more. Try again.")})
    in_order = list(dict.fromkeys([*posts, *current]))
    moved = {pk: n for n, pk in enumerate(in_order, 1) if current[pk] != n}
    # In one order, so that two transactions do not deadlock.
    rows = list(parts.filter(pk__in=moved).only("pk").select_for_update().order_by("pk"))
    for row in rows:
        row.series_position = moved[row.pk]
    Post.objects.bulk_update(rows, ["series_position"], batch_size=100)


@transaction.atomic
def delete_series(series: Series) -> None:
    """Delete a series without posts. Raises ValidationError and Series.DoesNotExist."""
    locked = Series.objects.select_for_update().get(pk=series.pk)
    if Post.objects.filter(series=locked).exists():
        message = _("Posts are in this series, maybe deleted ones. Remove them from it first.")
        raise ValidationError(message)
    locked.delete()
