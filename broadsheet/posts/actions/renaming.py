"""Changes of names and slugs, which tags and series share."""

from collections.abc import Iterable
from typing import TypedDict, cast

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.lib import slugs
from broadsheet.posts.models import PostQuerySet, Series, Tag
from broadsheet.publication.actions import add_redirect
from broadsheet.publication.models import Redirect


class Names(TypedDict, total=False):
    """What can be changed of a tag or series."""

    name: str
    slug: str
    description: str


def save_names(row: Tag | Series, names: Names) -> bool:
    """Set the name, slug or description of a locked row; return whether its slug changed.

    Names and slugs stay unique, because in forms a name means one row. Raises ValidationError.
    """
    slug_before = row.slug
    for field, value in cast("dict[str, str]", names).items():
        if "\0" in value:
            raise ValidationError({field: _("Null characters are not allowed.")})
        setattr(row, field, value.strip())
    if row.slug != slug_before:
        row.slug = slugs.slugify_name(row.slug, fallback=str(row._meta.model_name))  # noqa: SLF001
    _check_is_unique(row, names)
    row.full_clean()
    row.save()
    return row.slug != slug_before


def add_redirects(old: str, new: str, *, posts: PostQuerySet, paths: Iterable[str]) -> None:
    """Redirect the `paths` below the URL `old` to those below `new` if visitors may know them."""
    is_known = posts.filter(pub_date__lte=timezone.now()).exists()
    if is_known or Redirect.objects.filter(new_path=old).exists():
        for path in paths:
            add_redirect(f"{old}{path}", f"{new}{path}")


def _check_is_unique(row: Tag | Series, names: Names) -> None:
    others = type(row)._default_manager.exclude(pk=row.pk)  # noqa: SLF001 - Django's API
    if "name" in names and others.filter(name=row.name).exists():
        raise ValidationError({"name": _("This name is taken: “%s”.") % row.name})
    if others.filter(slug=row.slug).exists():
        raise ValidationError({"slug": _("This slug is taken: “%s”.") % row.slug})
