"""The studio's list of posts: filtered, last edited first."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.http import Http404
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.lib.keyset import Cursor, rows_after, split_page
from broadsheet.lib.slugs import slugify_name
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag, Tag
from broadsheet.posts.policy import editable_posts
from broadsheet.studio.forms.filters import DELETED

PAGE_SIZE = 50
DEFAULT_SORT = "-saved"
ORDERS: dict[str, tuple[str, str]] = {
    "title": ("lower_title", "id"),
    "-title": ("-lower_title", "-id"),
    "saved": ("updated_at", "id"),
    "-saved": ("-updated_at", "-id"),
}
#: A word, or words in quotes, after an optional key.
_TERM = re.compile(r'(?:[a-z]+:)?"[^"]*"|[^\s"]+')


@dataclass(frozen=True, slots=True)
class PostListPage:
    """A page of posts, and the cursor of the next page; None at the end."""

    posts: list[Post]
    next: Cursor | None


def get_page(
    user: User, filters: dict[str, Any], *, kind: str, after: Cursor | None
) -> PostListPage:
    """Return posts or pages that `user` may edit and that match `filters` of PostFilterForm."""
    posts = _filtered(editable_posts(user).filter(kind=kind), user, filters)
    posts = posts.annotate(lower_title=Lower("title"))
    order = ORDERS[filters.get("sort") or DEFAULT_SORT]
    if after is not None:
        posts = posts.filter(rows_after(order, _values_at(after, order)))
    page, last = split_page(list(posts.for_list().order_by(*order)[: PAGE_SIZE + 1]), PAGE_SIZE)
    return PostListPage(page, Cursor(last.updated_at, last.pk) if last else None)


def _values_at(cursor: Cursor, order: tuple[str, ...]) -> tuple[object, uuid.UUID]:
    """Return the values of the last row of the page before. Raises Http404 if it is gone."""
    if "updated_at" in order[0]:
        return cursor
    titles = Post.objects.filter(pk=cursor.id).values_list(Lower("title"), flat=True)
    if not titles:
        raise Http404(_("This page of the list does not exist."))
    return titles[0], cursor.id


def _filtered(posts: PostQuerySet, user: User, filters: dict[str, Any]) -> PostQuerySet:
    status = filters.get("status")
    posts = posts.deleted() if status == DELETED else posts.alive()
    if status and status != DELETED:
        posts = posts.filter(status=status)
    if filters.get("author") == "me" or not user.is_editor:
        # By id: so databases start with these posts instead of checking every post.
        posts = posts.filter(pk__in=Authorship.objects.filter(user=user).values("post"))
    for term in _TERM.findall(filters.get("text") or ""):
        posts = _matching(posts, term)
    if tag := filters.get("tag"):
        posts = _tagged(posts, tag)
    return posts


def _matching(posts: PostQuerySet, term: str) -> PostQuerySet:
    """Return the posts that match a word, `tag:NAME` or `by:USERNAME`; quotes may hold spaces."""
    key, _colon, value = term.partition(":")
    value = value.replace('"', "")
    if key == "tag" and value:
        return _tagged(posts, value)
    if key == "by" and value:
        users = User.objects.filter(Q(username__iexact=value) | Q(display_name__iexact=value))
        return posts.filter(
            pk__in=Authorship.objects.filter(user__in=users.values("pk")).values("post")
        )
    return posts.filter(title__icontains=term.replace('"', ""))


def _tagged(posts: PostQuerySet, tag: str) -> PostQuerySet:
    tags = Tag.objects.filter(Q(slug=slugify_name(tag, fallback="tag")) | Q(name=tag))
    return posts.filter(Exists(PostTag.objects.filter(post=OuterRef("pk"), tag__in=tags)))
