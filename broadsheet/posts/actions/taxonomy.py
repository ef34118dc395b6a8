"""Tags and series by name; new names create new rows."""

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from broadsheet.lib import slugs
from broadsheet.posts.models import Series, Tag
from broadsheet.posts.models.taxonomy import check_name_is_visible


def get_or_create_tags(names: Sequence[str]) -> dict[str, Tag]:
    """Return the tags with these names, by name. Raises ValidationError for `tags`."""
    return _get_or_create(Tag, "tags", names)


def get_or_create_series(names: Sequence[str]) -> dict[str, Series]:
    """Return the series with these names, by name. Raises ValidationError for `series`."""
    return _get_or_create(Series, "series", names)


def _get_or_create[T: Tag | Series](
    model: type[T], field: str, names: Sequence[str]
) -> dict[str, T]:
    """Return rows by name. A name matches the row with that name or slug, or else creates one.

    Different names get different rows, with a number in the slug if the slugs would be equal; case,
    hyphens and spaces make no difference. Raises ValidationError for `field`.
    """
    base_slugs: dict[str, str] = {}
    max_length = model._meta.get_field("name").max_length or 0  # noqa: SLF001 - Django's API
    for name in filter(None, map(str.strip, names)):
        if len(name) > max_length:
            message = _("“%(start)s…” is too long: the limit is %(longest)d characters.")
            raise ValidationError({field: message % {"start": name[:30], "longest": max_length}})
        check_name_is_visible(name, field)
        base_slugs[name] = slugs.slugify_name(name, fallback=str(model._meta.model_name))  # noqa: SLF001
    if not base_slugs:
        return {}
    rows = _matching(model, {*base_slugs, *base_slugs.values()})
    by_name, by_slug = {row.name: row for row in rows}, {row.slug: row for row in rows}
    matches = {name: row for name in base_slugs if (row := by_name.get(name) or by_slug.get(name))}
    new: dict[str, T] = {}
    number, unmatched = 1, [name for name in base_slugs if name not in matches]
    while unmatched:
        for name in unmatched:
            slug = slugs.with_number(base_slugs[name], number)
            row = by_slug.get(slug) or new.setdefault(slug, model(name=name, slug=slug))
            if slugs.fold_name(row.name) == slugs.fold_name(name):
                matches[name] = row
        number, unmatched = number + 1, [name for name in unmatched if name not in matches]
        if unmatched:
            candidates = {slugs.with_number(base_slugs[name], number) for name in unmatched}
            by_slug |= {row.slug: row for row in _matching(model, candidates)}
    if not new:
        return matches
    # In order, so that two writers do not deadlock. Another one may have taken a slug meanwhile,
    # for another name too: so read everything again.
    in_order: Any = [new[slug] for slug in sorted(new)]
    model._default_manager.bulk_create(in_order, ignore_conflicts=True)  # noqa: SLF001
    return _get_or_create(model, field, names)


def _matching[T: Tag | Series](model: type[T], texts: Collection[str]) -> list[T]:
    """Return the rows that have one of `texts` as their name or slug."""
    rows: Any = model._default_manager.filter(Q(slug__in=texts) | Q(name__in=texts))  # noqa: SLF001
    return list(rows.order_by())
