"""What a writer can set, and how it gets into a post."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from broadsheet import markup
from broadsheet.accounts.models import User
from broadsheet.lib import slugs
from broadsheet.lib.prepared import Among, Models
from broadsheet.media.models import Image
from broadsheet.posts.models import RESERVED_SLUGS, Post, Series, Tag


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

    An empty or missing slug is made from the title; one that is taken gets a number. `rendered`
    is what `markup.render` made of the content, where the caller has it already.
    """

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


_tags_among: Among[Tag] = Among(
    Models, lambda *slugs: Tag.objects.filter(slug__in=slugs).order_by(), "slug-{}".format
)


class Conflict(Exception):
    """Somebody else saved the post meanwhile. `current` is the post as it is now."""

    def __init__(self, current: Post) -> None:
        super().__init__(_("This post was changed meanwhile, elsewhere or by someone else."))
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
    text = ""
    if "content" in fields or post._state.adding:  # noqa: SLF001 - Django's documented state
        text = render(post, fields.get("rendered"))
    post.clean_fields(exclude=["cover", "series"])
    if post.slug.casefold() in RESERVED_SLUGS:
        raise ValidationError({"slug": _("The site needs the address “%s” itself.") % post.slug})
    return text


def render(post: Post, rendered: markup.Rendered | None = None) -> str:
    """Render the text into the post's fields; return it as plain text. Raises ValidationError."""
    try:
        rendered = rendered or markup.render(post.content)
    except markup.TooComplex as error:
        raise ValidationError({"content": str(error)}) from error
    post.html = rendered.html
    post.dropped = rendered.dropped
    post.summary = rendered.summary
    post.word_count = rendered.words
    post.contents = [[h.level, h.id, h.text] for h in rendered.headings]
    return rendered.text


def tags_named(names: Sequence[str]) -> dict[str, Tag]:
    """Return the tags of these names by their names, made where they are new."""
    wanted = {name: slugs.slugify(name, fallback="") for name in map(str.strip, names)}
    wanted = {name: slug for name, slug in wanted.items() if slug}
    for name in wanted:
        if len(name) > Tag._meta.get_field("name").max_length:  # type: ignore[operator]  # noqa: SLF001
            raise ValidationError({"tags": _("“%s…” is too long for a tag.") % name[:30]})
    found = {tag.slug: tag for tag in _tags_among(set(wanted.values()))}
    new: dict[str, Tag] = {}
    for name, slug in wanted.items():
        if slug not in found:
            new.setdefault(slug, Tag(name=name, slug=slug))
    if new:
        in_order = [
            new[slug] for slug in sorted(new)
        ]  # so that two writers wait for each other once
        Tag.objects.bulk_create(in_order, ignore_conflicts=True)
        found |= Tag.objects.in_bulk(set(new), field_name="slug")
    return {name: found[slug] for name, slug in wanted.items()}


def series_named(names: Sequence[str]) -> dict[str, Series]:
    """Return the series of these names by their names, made where they are new."""
    wanted = {name: slugs.slugify(name, fallback="series") for name in names if name.strip()}
    for name in wanted:
        if len(name) > Series._meta.get_field("name").max_length:  # type: ignore[operator]  # noqa: SLF001
            raise ValidationError({"series": _("“%s…” is too long for a series.") % name[:30]})
    if not wanted:
        return {}
    found = Series.objects.in_bulk(set(wanted.values()), field_name="slug")
    new = {slug: Series(name=n, slug=slug) for n, slug in wanted.items() if slug not in found}
    Series.objects.bulk_create(new.values(), ignore_conflicts=True)
    if new:
        found |= Series.objects.in_bulk(set(new), field_name="slug")
    return {name: found[slug] for name, slug in wanted.items()}


def snapshot(post: Post, tags: Sequence[Tag], authors: Sequence[User]) -> dict[str, Any]:
    """Return what a revision keeps beside the texts, as JSON takes it."""
    return {
        **{name: getattr(post, name) for name in REVISED},
        "cover": str(post.cover_id) if post.cover_id else None,
        "series": post.series.name if post.series else "",
        "tags": [tag.name for tag in tags],
        "authors": [author.username for author in authors],
    }
