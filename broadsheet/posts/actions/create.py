"""Creating posts."""

from collections.abc import Sequence
from typing import Unpack

from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.lib import slugs
from broadsheet.posts import signals
from broadsheet.posts.actions.announce import is_public, mark_published, send_published
from broadsheet.posts.actions.image_uses import add_image_uses
from broadsheet.posts.actions.input import (
    NewPostInput,
    assign,
    check_status,
    reject_null_characters,
    with_rendered,
)
from broadsheet.posts.actions.slug_conflicts import is_slug_conflict, slug_taken, taken_slugs
from broadsheet.posts.actions.taxonomy import get_or_create_series, get_or_create_tags
from broadsheet.posts.actions.version import Version, add_relations, unique
from broadsheet.posts.models import RESERVED_SLUGS, Post, Revision, in_order
from broadsheet.publication.actions import delete_redirects_for
from broadsheet.publication.queries import SiteConfig

_ATTEMPTS = 6  # PostgreSQL lets another transaction take a slug after we checked that it is free


def create(*, by: User, **post_input: Unpack[NewPostInput]) -> Post:
    """Create one post, a draft unless `status` says otherwise. Raises ValidationError.

    A published post gets the date `pub_date`, or now; with a date in the future it is scheduled. A
    `slug` that is taken or reserved is rejected.
    """
    return _create_rendered([post_input], by=by, is_import=False)[0]


def create_many(inputs: Sequence[NewPostInput], *, by: User) -> list[Post]:
    """Create imported posts with a constant number of queries.

    The author is `by` unless the input names authors. A slug that is taken or reserved gets a
    number. `post_published` is not sent: the posts are public elsewhere. Raises ValidationError and
    PoolBusyError; then none is created.
    """
    return _create_rendered(inputs, by=by, is_import=True)


def _create_rendered(inputs: Sequence[NewPostInput], *, by: User, is_import: bool) -> list[Post]:
    """Render outside the transaction, then create; try again if a slug was just taken."""
    for post_input in inputs:
        reject_null_characters(post_input)
    site_language = SiteConfig.current().language
    inputs = [with_rendered(post_input, language=site_language) for post_input in inputs]
    for _attempt in range(_ATTEMPTS - 1):
        try:
            return _create(inputs, by=by, is_import=is_import)
        except IntegrityError as error:
            if not is_slug_conflict(error):
                raise
    return _create(inputs, by=by, is_import=is_import)


@transaction.atomic
def _create(inputs: Sequence[NewPostInput], *, by: User, is_import: bool) -> list[Post]:
    versions = _build(inputs, by=by, is_import=is_import)
    posts = Post.objects.bulk_create([version.post for version in versions])
    add_relations(versions)
    add_image_uses(posts)
    Revision.objects.bulk_create(version.revision(by=by) for version in versions)
    prefetch_related_objects(posts, *in_order())
    listed = [version for version in versions if version.post.is_listed]
    searchable = [version for version in versions if version.post.is_searchable]
    # A post with a given id may have existed before, and may still be in the index.
    into_index = search.put if any("id" in post_input for post_input in inputs) else search.add
    into_index([version.document() for version in searchable])
    signals.posts_relisted.send(Post, posts=[version.post.pk for version in listed])
    delete_redirects_for(f"/{post.slug}" for post in posts if post.is_readable)
    if is_import and posts:
        signals.posts_imported.send(Post, posts=[post.pk for post in posts], by=by)
    for post in posts:
        if post.status == Post.Status.SCHEDULED:
            signals.post_scheduled.send(Post, post=post, by=by)
        elif is_public(post) and not is_import:
            send_published(post, by=by)
    return posts


def _build(inputs: Sequence[NewPostInput], *, by: User, is_import: bool) -> list[Version]:
    """Return the first versions of new posts. Raises ValidationError."""
    tags = get_or_create_tags([name for new in inputs for name in new.get("tags", ())])
    series = get_or_create_series([new.get("series", "") for new in inputs])
    taken = taken_slugs(map(_preferred_slug, inputs))
    versions: list[Version] = []
    for new in inputs:
        slug = _preferred_slug(new)
        if is_import or not new.get("slug"):
            slug = slugs.make_unique(slug, taken)
        elif slug in taken and slug not in RESERVED_SLUGS:  # `assign` rejects reserved ones
            raise slug_taken(slug)
        taken.add(slug)
        post = Post(series=series.get(new.get("series", "").strip()))
        text = assign(post, {**new, "slug": slug})
        _set_date(post)
        check_status(post)
        mark_published(post, is_import=is_import)
        names = (name.strip() for name in new.get("tags", ()))
        version = Version(
            post=post,
            text=text,
            authors=unique(new.get("authors", ())) or [by],
            tags=unique(tags[name] for name in names if name in tags),
        )
        versions.append(version)
    return versions


def _preferred_slug(new: NewPostInput) -> str:
    return new.get("slug", "") or slugs.slugify(new.get("title", ""))


def _set_date(post: Post) -> None:
    """Set the date of a new published post; with a date in the future, schedule it instead."""
    if post.status not in {Post.Status.DRAFT, Post.Status.SCHEDULED}:
        post.pub_date = post.pub_date or timezone.now()
        if post.status == Post.Status.PUBLISHED and post.pub_date > timezone.now():
            post.status = Post.Status.SCHEDULED
