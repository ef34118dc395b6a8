"""Input of the actions `create` and `edit`, and its assignment to a post."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import TypedDict

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet import markup
from broadsheet.accounts.models import User
from broadsheet.lib import languages
from broadsheet.media.models import Image
from broadsheet.posts.models import RESERVED_SLUGS, Post, check_pub_date
from broadsheet.publication.actions import record_url
from broadsheet.publication.queries import SiteConfig


class PostInput(TypedDict, total=False):
    """Input of `edit`. Tags and series are names; new names create new rows.

    The admin, the studio's form, the API, revisions, export and import use these fields.
    """

    title: str
    subtitle: str
    slug: str
    kind: str
    page_layout: str
    content: str
    excerpt: str
    cover: Image | None
    cover_url: str
    cover_alt: str
    pub_date: dt.datetime | None
    authors: Sequence[User]
    tags: Sequence[str]
    series: str
    series_position: int
    canonical_url: str
    seo_title: str
    seo_description: str
    share_image_url: str
    language: str
    is_featured: bool
    allows_comments: bool
    shows_contents: bool
    source_digest: str


class NewPostInput(PostInput, total=False):
    """Input of `create`: also the status and the origin of the post.

    `id` is that of a post that existed here or on another site. An empty or missing slug is
    generated from the title, with a number if it is already used. `rendered` is the result of
    `markup.render` for the content, if the caller already has it.
    """

    id: uuid.UUID
    status: str
    is_date_estimated: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    source_id: str
    rendered: markup.Rendered


#: Fields that are stored in separate rows, not in the post's row.
RELATIONS = frozenset({"authors", "tags", "series"})

#: Fields that are set directly and stored unchanged.
COLUMNS = tuple(
    name
    for name in PostInput.__annotations__
    if name not in RELATIONS | {"cover", "pub_date", "source_digest"}
)


class EditConflictError(Exception):
    """Another user has saved the post in the meantime. `current` is the saved post."""

    def __init__(self, current: Post) -> None:
        super().__init__(
            _("This post was changed in the meantime, by you in another window or by someone else.")
        )
        self.current = current


def reject_null_characters(post_input: NewPostInput) -> None:
    """Raise ValidationError for null characters, which PostgreSQL cannot store or look for."""
    for name, value in post_input.items():
        texts = value if name == "tags" else [value]
        if any("\0" in text for text in texts if isinstance(text, str)):  # type: ignore[attr-defined]
            raise ValidationError({name: _("Null characters are not allowed.")})


def with_rendered[T: PostInput](post_input: T, *, language: str = "") -> T:
    """Return the input with its rendered content: no transaction should wait for rendering.

    `language` is the post's, used unless the input sets it. Raises ValidationError and
    PoolBusyError.
    """
    if "content" not in post_input or "rendered" in post_input:
        return post_input
    rendered = _render(post_input["content"], str(post_input.get("language") or language))
    return {**post_input, "rendered": rendered}  # type: ignore[return-value] # a NewPostInput


def assign(post: Post, post_input: NewPostInput) -> str:
    """Set the plain fields, render the content and check the post; return its plain text.

    Raises ValidationError with the names of the fields.
    """
    for name, value in post_input.items():
        if name not in RELATIONS and name != "rendered":
            setattr(post, name, value)
    if settings.SITE_URL + settings.MEDIA_URL in post_input.get("content", ""):
        record_url()  # so that images in the text are still recognized after the site has moved
    text = ""
    is_new = post._state.adding  # noqa: SLF001 - Django's documented state
    if is_new or "content" in post_input or "language" in post_input:
        text = assign_rendered(post, post_input.get("rendered"))
    post.clean_fields(exclude=["cover", "series"])
    language = post_input.get("language", "")
    if language and not languages.tag_or_empty(language):
        message = _("Enter a language tag, for example en, de or pt-BR.")
        raise ValidationError({"language": message})
    reject_impossible_date("pub_date", post_input.get("pub_date"))
    if post.slug.casefold() in RESERVED_SLUGS:
        raise ValidationError({"slug": _("The URL “%s” is reserved. Choose another.") % post.slug})
    return text


def assign_rendered(post: Post, rendered: markup.Rendered | None = None) -> str:
    """Render the content into the post's fields; return its plain text. Raises ValidationError."""
    rendered = rendered or _render(post.content, post.language)
    post.html = rendered.html
    post.dropped = rendered.dropped
    post.summary = rendered.summary
    post.word_count = rendered.word_count
    post.contents = [[h.level, h.id, h.text] for h in rendered.headings]
    return rendered.text


def _render(content: str, language: str) -> markup.Rendered:
    try:
        if not language and content:
            language = SiteConfig.current().language
        return markup.render(content, language)
    except markup.TooComplexError as error:
        raise ValidationError({"content": str(error)}) from error


def reject_impossible_date(field: str, at: dt.datetime | None) -> None:
    """Raise ValidationError for `field` if the date is out of range."""
    try:
        if at is not None:
            check_pub_date(at)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from error


def check_status(post: Post) -> None:
    """Check that all but drafts have a date, and readable posts a title and a past date."""
    if post.status != Post.Status.DRAFT and post.pub_date is None:
        raise ValidationError({"pub_date": _("Only drafts can have no date.")})
    if not post.is_readable:
        return
    if not post.title.strip():
        raise ValidationError({"title": _("A published post needs a title.")})
    if post.pub_date is not None and post.pub_date > timezone.now():
        message = _(
            "The date is in the future, but the post is already published. To schedule it, "
            "unpublish it first."
        )
        raise ValidationError({"pub_date": message})
