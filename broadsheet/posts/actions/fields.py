"""What a writer can set, and how it gets into a post."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, TypedDict

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from broadsheet import markup
from broadsheet.accounts.models import User
from broadsheet.lib import slugs
from broadsheet.lib.compiled_query import Among, Models
from broadsheet.media.models import Image
from broadsheet.posts.models import RESERVED_SLUGS, Post, Series, Tag, check_pub_date
from broadsheet.publication.actions import record_url
from broadsheet.publication.queries import SiteConfig


class Fields(TypedDict, total=False):
    """What `edit` may change. Tags and series are given by name and made when they are new."""

    title: str
    subtitle: str
    slug: str
    content: str
    excerpt: str
    cover: Image | None
    cover_url: str
    cover_alt: str
    pub_date: dt.datetime | None
    authors: Sequence[User]
    tags: Sequence[str]
    series: str
    canonical_url: str
    seo_title: str
    seo_description: str
    share_image_url: str
    language: str
    allows_comments: bool
    shows_contents: bool
    source_digest: str


class NewPost(Fields, total=False):
    """What `create` may set besides: where the post stands from the start and where it is from.

    `id` is that of a post that was here or on another site. An empty or missing slug is made from
    the title, with a number where that is taken. `rendered` is what `markup.render` made of the
    content, where the caller has it already.
    """

    id: uuid.UUID
    status: str
    is_date_estimated: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    source_id: str
    rendered: markup.Rendered


#: Kept in rows of their own, not on the post.
RELATIONS = frozenset({"authors", "tags", "series"})

#: What a revision keeps beside title, subtitle and content.
REVISED = (
    "slug", "excerpt", "cover_url", "cover_alt", "canonical_url", "seo_title", "seo_description",
    "share_image_url", "language", "allows_comments", "shows_contents",
)  # fmt: skip


def _among[T: Tag | Series](model: type[T]) -> Among[T]:
    """Return the query for the rows that have one of some texts as their name or slug."""
    return Among(
        Models,
        lambda *texts: model._default_manager.filter(  # noqa: SLF001
            Q(slug__in=texts) | Q(name__in=texts)
        ).order_by(),
        "text-{}".format,
    )


_tags_among, _series_among = _among(Tag), _among(Series)


class Conflict(Exception):
    """Somebody else saved the post meanwhile. `current` is the post as it is now."""

    def __init__(self, current: Post) -> None:
        super().__init__(
            _("This post was changed in the meantime, by you in another window or by someone else.")
        )
        self.current = current


def refuse_nulls(fields: NewPost) -> None:
    """Raise ValidationError for null characters, which PostgreSQL neither keeps nor looks for."""
    for name, value in fields.items():
        texts = value if name == "tags" else [value]
        if any("\0" in text for text in texts if isinstance(text, str)):  # type: ignore[attr-defined]
            raise ValidationError({name: _("Null characters are not allowed.")})


def assign(post: Post, fields: NewPost) -> str:
    """Set the plain fields, render the text and check the post; return its text for the index.

    Raises ValidationError with the names of the fields.
    """
    for name, value in fields.items():
        if name not in RELATIONS and name != "rendered":
            setattr(post, name, value)
    if settings.SITE_URL + settings.MEDIA_URL in fields.get("content", ""):
        record_url()  # or the images in the text would be a stranger's once the site has moved
    text = ""
    is_new = post._state.adding  # noqa: SLF001 - Django's documented state
    if is_new or "content" in fields or "language" in fields:
        text = render(post, fields.get("rendered"))
    post.clean_fields(exclude=["cover", "series"])
    refuse_date("pub_date", fields.get("pub_date"))
    if post.slug.casefold() in RESERVED_SLUGS:
        raise ValidationError({"slug": _("The URL “%s” is reserved. Choose another.") % post.slug})
    return text


def refuse_date(name: str, at: dt.datetime | None) -> None:
    """Raise ValidationError for a date that no post may have, under the `name` of its field."""
    try:
        if at is not None:
            check_pub_date(at)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error


def render_ahead[T: Fields](fields: T, *, language: str = "") -> T:
    """Return `fields` with the rendered text: no transaction should wait for that.

    `language` is the post's, where the fields do not set it.

    Raises ValidationError and PoolBusyError.
    """
    if "content" not in fields or "rendered" in fields:
        return fields
    rendered = _rendered(fields["content"], str(fields.get("language") or language))
    return {**fields, "rendered": rendered}  # type: ignore[return-value] # as NewPost has it


def _rendered(content: str, language: str) -> markup.Rendered:
    try:
        if not language and content:
            language = SiteConfig.current().language
        return markup.render(content, language)
    except markup.TooComplexError as error:
        raise ValidationError({"content": str(error)}) from error


def render(post: Post, rendered: markup.Rendered | None = None) -> str:
    """Render the text into the post's fields; return it as plain text. Raises ValidationError."""
    rendered = rendered or _rendered(post.content, post.language)
    post.html = rendered.html
    post.dropped = rendered.dropped
    post.summary = rendered.summary
    post.word_count = rendered.words
    post.contents = [[h.level, h.id, h.text] for h in rendered.headings]
    return rendered.text


def tags_named(names: Sequence[str]) -> dict[str, Tag]:
    """Return the tags of these names by their names, made where they are new."""
    return _named(Tag, _tags_among, "tags", names)


def series_named(names: Sequence[str]) -> dict[str, Series]:
    """Return the series of these names by their names, made where they are new."""
    return _named(Series, _series_among, "series", names)


def _named[T: Tag | Series](
    model: type[T], among: Among[T], field: str, names: Sequence[str]
) -> dict[str, T]:
    """Return rows by name. A name stands for the row of that name or slug, else for a new one.

    Different names get different rows, with a number in the slug where those would be equal; case,
    hyphens and spaces make no difference. Raises ValidationError for `field`.
    """
    bases: dict[str, str] = {}
    longest = model._meta.get_field("name").max_length or 0  # noqa: SLF001 - Django's API
    for name in filter(None, map(str.strip, names)):
        if len(name) > longest:
            message = _("“%(start)s…” is too long: the limit is %(longest)d characters.")
            raise ValidationError({field: message % {"start": name[:30], "longest": longest}})
        bases[name] = slugs.slugify_name(name, fallback=str(model._meta.model_name))  # noqa: SLF001
    if not bases:
        return {}
    rows = among({*bases, *bases.values()})
    by_name, by_slug = {row.name: row for row in rows}, {row.slug: row for row in rows}
    named = {name: row for name in bases if (row := by_name.get(name) or by_slug.get(name))}
    new: dict[str, T] = {}
    number, unnamed = 1, [name for name in bases if name not in named]
    while unnamed:
        for name in unnamed:
            slug = slugs.with_number(bases[name], number)
            row = by_slug.get(slug) or new.setdefault(slug, model(name=name, slug=slug))
            if slugs.fold_name(row.name) == slugs.fold_name(name):
                named[name] = row
        number, unnamed = number + 1, [name for name in unnamed if name not in named]
        if unnamed:
            candidates = {slugs.with_number(bases[name], number) for name in unnamed}
            by_slug |= {row.slug: row for row in among(candidates)}
    if not new:
        return named
    # In order, so that two writers wait for each other once. Another one may have taken a slug
    # meanwhile, and for another name: so everything is read again.
    in_order: Any = [new[slug] for slug in sorted(new)]
    model._default_manager.bulk_create(in_order, ignore_conflicts=True)  # noqa: SLF001
    return _named(model, among, field, names)


def snapshot(post: Post, tags: Sequence[Tag], authors: Sequence[User]) -> dict[str, Any]:
    """Return what a revision keeps beside the texts, as JSON takes it."""
    return {
        **{name: getattr(post, name) for name in REVISED},
        "cover": str(post.cover_id) if post.cover_id else None,
        "series": post.series.name if post.series else "",
        "tags": [tag.name for tag in tags],
        "authors": [author.username for author in authors],
    }
