"""The studio's list of posts: filtered, last edited first."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from broadsheet.accounts.models import User
from broadsheet.lib.keyset import Cursor, rows_after, split_page
from broadsheet.lib.slugs import slugify_name
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag, Tag
from broadsheet.posts.policy import editable_posts
from broadsheet.studio.forms.filters import DELETED

PAGE_SIZE = 50


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
    order = ("-updated_at", "-id")
    if after is not None:
        posts = posts.filter(rows_after(order, after))
    page, last = split_page(list(posts.for_list().order_by(*order)[: PAGE_SIZE + 1]), PAGE_SIZE)
    return PostListPage(page, Cursor(last.updated_at, last.pk) if last else None)


def _filtered(posts: PostQuerySet, user: User, filters: dict[str, Any]) -> PostQuerySet:
    status = filters.get("status")
    posts = posts.deleted() if status == DELETED else posts.alive()
    if status and status != DELETED:
        posts = posts.filter(status=status)
    if filters.get("author") == "me" or not user.is_editor:
        # By id: so databases start with these posts instead of checking every post.
        posts = posts.filter(pk__in=Authorship.objects.filter(user=user).values("post"))
    if text := filters.get("text"):
        posts = posts.filter(title__icontains=text)
    if tag := filters.get("tag"):
        tags = Tag.objects.filter(Q(slug=slugify_name(tag, fallback="tag")) | Q(name=tag))
        posts = posts.filter(Exists(PostTag.objects.filter(post=OuterRef("pk"), tag__in=tags)))
    return posts
