"""Writing: new posts and new versions."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet import markup, search
from broadsheet.accounts.models import User
from broadsheet.lib import slugs
from broadsheet.lib.compiled_query import Among, CompiledQuery
from broadsheet.lib.inserts import Insert
from broadsheet.posts import signals
from broadsheet.posts.actions.announce import (
    is_public,
    mark_published,
    send_changed,
    send_published,
)
from broadsheet.posts.actions.fields import (
    Conflict,
    Fields,
    NewPost,
    assign,
    refuse_nulls,
    render_ahead,
    series_named,
    snapshot,
    tags_named,
)  # fmt: skip
from broadsheet.posts.actions.listing import document, listed_at
from broadsheet.posts.models import (
    RESERVED_SLUGS,
    Authorship,
    Post,
    PostTag,
    Revision,
    Tag,
    in_order,
)
from broadsheet.publication.actions import add_redirect, delete_redirects_for
from broadsheet.publication.models import Redirect
from broadsheet.publication.queries import SiteConfig

_add_posts, _add_revisions = Insert(Post), Insert(Revision)
_add_names, _add_subjects = Insert(Authorship), Insert(PostTag)
_slugs_among = Among(
    CompiledQuery,
    lambda *slugs: Post.objects.filter(slug__in=slugs).values_list("slug"),
    "slug-{}".format,
)
_TRIES = 6  # for a slug that others take at the same moment, which PostgreSQL lets them


def create(*, by: User, **fields: Unpack[NewPost]) -> Post:
    """Create one post, a draft unless `status` says otherwise. Raises ValidationError.

    A published post has the date `pub_date`, or now; where that is to come, it is scheduled. A
    `slug` that is taken or reserved is refused.
    """
    return _create_rendered([fields], by=by, is_import=False)[0]


def create_many(drafts: Sequence[NewPost], *, by: User) -> list[Post]:
    """Create imported posts with a number of queries that does not depend on theirs.

    The authors are `by` where a draft names none. A slug that is taken or reserved gets a number.
    No `post_published` is sent: the posts are public elsewhere. Raises ValidationError and
    PoolBusyError; then none is created.
    """
    return _create_rendered(drafts, by=by, is_import=True)


def _create_rendered(drafts: Sequence[NewPost], *, by: User, is_import: bool) -> list[Post]:
    """Render outside the transaction, then create; try again where a slug was just taken."""
    for draft in drafts:
        refuse_nulls(draft)
    site = SiteConfig.current().language
    drafts = [render_ahead(draft, language=site) for draft in drafts]
    for _again in range(_TRIES - 1):
        try:
            return _create_many(drafts, by=by, is_import=is_import)
        except IntegrityError as error:
            if not _is_slug_conflict(error):
                raise
    return _create_many(drafts, by=by, is_import=is_import)


@transaction.atomic
def _create_many(drafts: Sequence[NewPost], *, by: User, is_import: bool) -> list[Post]:
    tags = tags_named([name for draft in drafts for name in draft.get("tags", ())])
    series = series_named([draft.get("series", "") for draft in drafts])
    taken = _taken_slugs(drafts)
    posts: list[Post] = []
    texts: list[str] = []
    filed: list[tuple[list[User], list[Tag]]] = []
    for draft in drafts:
        slug = _wanted_slug(draft)
        if is_import or not draft.get("slug"):
            slug = slugs.make_unique(slug, taken)
        elif slug in taken and slug not in RESERVED_SLUGS:  # for those `assign` has a word
            raise _taken(slug)
        taken.add(slug)
        post = Post(series=series.get(draft.get("series", "").strip()))
        texts.append(assign(post, {**draft, "slug": slug}))
        _date(post)
        _check_as_it_stands(post)
        mark_published(post, is_import=is_import)
        posts.append(post)
        filed.append(
            (
                _once(draft.get("authors", ())) or [by],
                _once(tags[n.strip()] for n in draft.get("tags", ()) if n.strip() in tags),
            )
        )
    _add_posts(*posts)
    _file_new(list(zip(posts, filed, strict=True)))
    _add_revisions(*(_revision(p, *its, by=by) for p, its in zip(posts, filed, strict=True)))
    prefetch_related_objects(posts, *in_order())
    listed = [row for row in zip(posts, texts, filed, strict=True) if row[0].is_listed]
    # A post that brings its id may have been here before, and be in the index still.
    into_index = search.put if any("id" in draft for draft in drafts) else search.add
    into_index([document(p, text, authors=by_, tags=of) for p, text, (by_, of) in listed])
    signals.posts_relisted.send(Post, posts=[post.pk for post, _text, _filed in listed])
    delete_redirects_for(f"/{post.slug}" for post in posts if post.is_readable)
    if is_import and posts:
        signals.posts_imported.send(Post, posts=[post.pk for post in posts], by=by)
    for post in posts:
        if post.status == Post.Status.SCHEDULED:
            signals.post_scheduled.send(Post, post=post, by=by)
        elif is_public(post) and not is_import:
            send_published(post, by=by)
    return posts


def edit(post: Post, *, by: User, version: int, **changes: Unpack[Fields]) -> Post:
    """Save a new version of `post`, which was read at `version`.

    Where nothing differs, nothing is saved. A changed slug leaves a redirect behind once the post
    was readable, which leads nowhere while it is not. Raises Conflict when the post is at another
    version by now, ValidationError and PoolBusyError.
    """
    refuse_nulls(changes)  # type: ignore[arg-type] # Fields are NewPost's, all of them
    return _edit(post, render_ahead(changes, language=post.language), by=by, version=version)


@transaction.atomic
def _edit(post: Post, changes: Fields, *, by: User, version: int) -> Post:
    current = Post.objects.get_for_update(post.pk)
    if current.version != version:
        raise Conflict(current)
    before, slug_before, filed_before = _state(current), current.slug, _as_filed(current)
    pub_date_before = current.pub_date
    _claim_slug(current, changes)
    text = assign(current, changes)  # type: ignore[arg-type] # as above
    _check_as_it_stands(current)
    authors, tags = _filed(current, changes)
    if "series" in changes:
        current.series = series_named([changes["series"]]).get(changes["series"].strip())
    filed = authors, tags, listed_at(current)
    if (before, filed_before) == (_state(current), filed):
        return current
    current.version += 1
    current.updated_at = timezone.now()
    _save(current, slug_before)
    if filed != filed_before:  # or pages that show the same lists would be thrown away
        file([(current, (authors, tags))])
    save_revision(current, authors, tags, by=by)
    if slug_before != current.slug and _is_known(current, f"/{slug_before}"):
        add_redirect(f"/{slug_before}", f"/{current.slug}")
    if current.is_listed:
        text = text or markup.plain(current.html)
        search.put([document(current, text, authors=authors, tags=tags)])
        signals.posts_relisted.send(Post, posts=[current.pk])
    fresh = Post.objects.for_reading().get(pk=post.pk)
    fresh.dropped = current.dropped
    send_changed(fresh, was_public=is_public(fresh), by=by, old_slug=slug_before)
    if fresh.status == Post.Status.SCHEDULED and fresh.pub_date != pub_date_before:
        signals.post_scheduled.send(Post, post=fresh, by=by)
    return fresh


def _is_known(post: Post, path: str) -> bool:
    """Return whether readers may know `path`, where the post stood."""
    # What is withdrawn keeps its date.
    has_been_read = post.pub_date is not None and post.pub_date <= timezone.now()
    return has_been_read or Redirect.objects.filter(new_path=path).exists()


def _as_filed(post: Post) -> tuple[list[User], list[Tag], dt.datetime | None]:
    return list(post.authors.all()), list(post.tags.all()), listed_at(post)


def file(posts: Iterable[tuple[Post, tuple[Sequence[User], Sequence[Tag]]]]) -> None:
    """Put posts under their authors and tags, in that order, in place of what was there."""
    rows = list(posts)
    ids = [post.pk for post, _filed in rows]
    Authorship.objects.filter(post__in=ids).delete()
    PostTag.objects.filter(post__in=ids).delete()
    _file_new(rows)


def _file_new(posts: Iterable[tuple[Post, tuple[Sequence[User], Sequence[Tag]]]]) -> None:
    """Put posts under their authors and tags that were under none."""
    names: list[Authorship] = []
    subjects: list[PostTag] = []
    for post, (authors, tags) in posts:
        at = listed_at(post)
        for place, user in enumerate(authors):
            names.append(Authorship(post=post, user=user, position=place, listed_at=at))
        for place, tag in enumerate(tags):
            subjects.append(PostTag(post=post, tag=tag, position=place, listed_at=at))
    _add_names(*names)
    _add_subjects(*subjects)


def save_revision(post: Post, authors: Sequence[User], tags: Sequence[Tag], *, by: User) -> None:
    """Keep the post as it is now."""
    _add_revisions(_revision(post, authors, tags, by=by))


def _revision(post: Post, authors: Sequence[User], tags: Sequence[Tag], *, by: User) -> Revision:
    return Revision(
        post=post,
        number=post.version,
        title=post.title,
        subtitle=post.subtitle,
        content=post.content,
        fields=snapshot(post, tags, authors),
        saved_by=by,
        saved_at=post.updated_at,
    )


def _once[T](things: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(things))


def _wanted_slug(draft: NewPost) -> str:
    return draft.get("slug", "") or slugs.slugify(draft.get("title", ""))


def _taken_slugs(drafts: Iterable[NewPost]) -> set[str]:
    """Return the slugs that drafts of these names cannot have."""
    wanted = {_wanted_slug(draft) for draft in drafts}
    taken = {slug for (slug,) in _slugs_among(wanted)}
    numbered = Q()
    for slug in taken | (wanted & RESERVED_SLUGS):
        numbered |= Q(slug__startswith=f"{slug[: slugs.LENGTH - 8]}-")
    if numbered:
        taken |= set(Post.objects.filter(numbered).values_list("slug", flat=True))
    return taken | RESERVED_SLUGS


def _claim_slug(post: Post, changes: Fields) -> None:
    """See to it that the new slug is free; an empty one is made from the title."""
    if "slug" not in changes:
        return
    if not changes["slug"]:
        made = slugs.slugify(changes.get("title", post.title))
        changes["slug"] = slugs.make_unique(made, _taken_slugs([{"slug": made}]) - {post.slug})
    if Post.objects.filter(slug=changes["slug"]).exclude(pk=post.pk).exists():
        raise _taken(changes["slug"])


def _save(post: Post, slug_before: str) -> None:
    """Write the post. Raises ValidationError when its new slug was taken this very moment."""
    if post.slug == slug_before:
        post.save()
        return
    try:
        with transaction.atomic():
            post.save()
    except IntegrityError as error:
        if not _is_slug_conflict(error):
            raise
        raise _taken(post.slug) from error


def _is_slug_conflict(error: IntegrityError) -> bool:
    """Return whether the unique constraint of the slug was violated, and no other one.

    PostgreSQL names the constraint, SQLite the column: `posts_post_slug_key`, `posts_post.slug`.
    """
    diagnostics = getattr(error.__cause__, "diag", None)
    constraint = diagnostics.constraint_name if diagnostics else str(error)
    return re.search(r"\bposts_post[._]slug(_|$)", constraint or "") is not None


def _taken(slug: str) -> ValidationError:
    return ValidationError({"slug": _("Another post has the URL “%s”. Choose another.") % slug})


def _date(post: Post) -> None:
    """Date a new post that leaves draft without a date; what is published later is scheduled."""
    if post.status not in {Post.Status.DRAFT, Post.Status.SCHEDULED}:
        post.pub_date = post.pub_date or timezone.now()
        if post.status == Post.Status.PUBLISHED and post.pub_date > timezone.now():
            post.status = Post.Status.SCHEDULED


def _check_as_it_stands(post: Post) -> None:
    """See to it that what left draft keeps a date, and what is readable a past one and a title."""
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


def _filed(post: Post, changes: Fields) -> tuple[list[User], list[Tag]]:
    """Return the authors and tags the post shall have."""
    authors = _once(changes["authors"]) if "authors" in changes else list(post.authors.all())
    if not authors:
        raise ValidationError({"authors": _("A post needs at least one author.")})
    if "tags" not in changes:
        return authors, list(post.tags.all())
    named = tags_named(changes["tags"])
    return authors, _once(named[n.strip()] for n in changes["tags"] if n.strip() in named)


def _state(post: Post) -> dict[str, object]:
    return {field.attname: getattr(post, field.attname) for field in post._meta.concrete_fields}  # noqa: SLF001
