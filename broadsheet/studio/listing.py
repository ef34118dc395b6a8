"""The list of posts one works on: filtered, the latest work first."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from broadsheet.accounts.models import User
from broadsheet.lib.cursor import Cursor
from broadsheet.lib.slugs import slugify_name
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag, Tag
from broadsheet.posts.policy import workable
from broadsheet.studio.forms.lists import DELETED

LENGTH = 50


@dataclass(frozen=True, slots=True)
class PostListPage:
    """Some posts and where the next ones begin; None at the end."""

    posts: list[Post]
    next: Cursor | None


def find(user: User, filters: dict[str, Any], *, after: Cursor | None) -> PostListPage:
    """Return the posts `user` may work on that pass `filters` (those of PostFilterForm)."""
    posts = _filtered(workable(user), user, filters)
    if after is not None:
        posts = posts.filter(
            Q(updated_at__lt=after.at) | Q(updated_at=after.at, id__lt=after.id),
            updated_at__lte=after.at,
        )
    found = list(posts.for_list().order_by("-updated_at", "-id")[: LENGTH + 1])
    page, is_more = found[:LENGTH], len(found) > LENGTH
    return PostListPage(page, Cursor(at=page[-1].updated_at, id=page[-1].pk) if is_more else None)


def _filtered(posts: PostQuerySet, user: User, filters: dict[str, Any]) -> PostQuerySet:
    status = filters.get("status")
    posts = posts.deleted() if status == DELETED else posts.alive()
    if status and status != DELETED:
        posts = posts.filter(status=status)
    if filters.get("whose") == "mine" or not user.is_editor:
        # By their ids, which databases then begin with, instead of trying all posts in turn.
        posts = posts.filter(pk__in=Authorship.objects.filter(user=user).values("post"))
    if text := filters.get("text"):
        posts = posts.filter(title__icontains=text)
    if tag := filters.get("tag"):
        tags = Tag.objects.filter(Q(slug=slugify_name(tag, fallback="tag")) | Q(name=tag))
        posts = posts.filter(Exists(PostTag.objects.filter(post=OuterRef("pk"), tag__in=tags)))
    return posts
