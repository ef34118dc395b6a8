"""Pages of long lists: each costs the same, wherever in the list it stands."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from broadsheet.lib.cursor import Cursor
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some posts of a list, and where the list goes on; None at its end."""

    posts: list[Post]
    after: Cursor | None


def read_cursor(request: HttpRequest) -> Cursor | None:
    """Return where the page asked for begins. Raises Http404 for what is no cursor."""
    text = request.GET.get("after", "")
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except ValueError as error:
        raise Http404(_("This list has no such page.")) from error


def newest(posts: PostQuerySet, after: Cursor | None, size: int) -> Stretch:
    """Return the newest `size` of `posts` after the cursor."""
    return _cut(list(posts.newest_first().after(after).for_list()[: size + 1]), size)


def in_order(posts: PostQuerySet, after: Cursor | None, size: int) -> Stretch:
    """Return the oldest `size` of `posts` after the cursor: the order in which a series reads."""
    if after is not None:
        posts = posts.filter(
            Q(pub_date__gt=after.at) | Q(pub_date=after.at, id__gt=after.id),
            pub_date__gte=after.at,
        )
    return _cut(list(posts.order_by("pub_date", "id").for_list()[: size + 1]), size)


def filed[Row: (PostTag, Authorship)](
    rows: QuerySet[Row], after: Cursor | None, size: int
) -> Stretch:
    """Return the newest `size` posts that are filed by `rows` (of one tag, or of one author).

    The ids are one range of the index over `listed_at`; the posts are fetched by them.
    """
    rows = rows.filter(listed_at__isnull=False)
    if after is not None:
        rows = rows.filter(
            Q(listed_at__lt=after.at) | Q(listed_at=after.at, post_id__lt=after.id),
            listed_at__lte=after.at,
        )
    ids = rows.order_by("-listed_at", "-post_id").values_list("post_id", flat=True)[: size + 1]
    keys = list(ids)
    found = Post.objects.published().for_list().in_bulk(keys)
    return _cut([found[key] for key in keys if key in found], size)


def _cut(posts: list[Post], size: int) -> Stretch:
    has_more = len(posts) > size
    posts = posts[:size]
    return Stretch(posts, posts[-1].cursor if has_more else None)
