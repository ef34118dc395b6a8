"""Feeds: RSS 2.0, Atom and JSON Feed of the site, an author or a tag, with the posts in full."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote

from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from broadsheet.accounts.models import User
from broadsheet.posts.models import Authorship, Post, PostQuerySet, PostTag, Tag
from broadsheet.public import feeds
from broadsheet.public.meta import site_url
from broadsheet.public.moved import or_moved
from broadsheet.publication.models import Site

SIZE = 20
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed is of: a name besides the site's, its page, and its newest posts."""

    name: str
    path: str
    posts: list[Post]


@require_safe
def site_feed(request: HttpRequest, form: str) -> HttpResponse:
    """Send the newest posts of the site."""
    posts = list(_whole(Post.objects.published().newest_first())[:SIZE])
    return _send(request, Channel("", "/", posts), form)


@require_safe
@or_moved
def author_feed(request: HttpRequest, username: str, form: str) -> HttpResponse:
    """Send the newest posts of an author. Raises Http404."""
    users = User.objects.alias(key=Lower("username"))
    author = get_object_or_404(users, key=username.lower())
    rows = Authorship.objects.filter(user=author, listed_at__isnull=False)
    posts = _by_id(rows.order_by("-listed_at", "-post_id").values_list("post_id", flat=True)[:SIZE])
    if not posts and not author.is_author:
        raise Http404
    return _send(request, Channel(author.name, f"/@{author.username}", posts), form)


@require_safe
@or_moved
def tag_feed(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Send the newest posts with a tag. Raises Http404."""
    tag = get_object_or_404(Tag, slug=slug)
    rows = PostTag.objects.filter(tag=tag, listed_at__isnull=False)
    posts = _by_id(rows.order_by("-listed_at", "-post_id").values_list("post_id", flat=True)[:SIZE])
    if not posts and not Post.objects.readable().filter(tags=tag).exists():
        raise Http404  # its name would tell of a post that nobody may know of yet
    return _send(request, Channel(tag.name, f"/tag/{tag.slug}", posts), form)


def _whole(posts: PostQuerySet) -> PostQuerySet:
    """Fetch posts with their text, in three queries."""
    return posts.for_list().defer(None).defer("content", "contents", "source_digest")


def _by_id(ids: object) -> list[Post]:
    keys = list(ids)  # type: ignore[call-overload]
    found = _whole(Post.objects.published()).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _send(request: HttpRequest, channel: Channel, form: str) -> HttpResponse:
    site = Site.current()
    kind = feeds.KINDS[form]
    title = f"{channel.name} · {site.name}" if channel.name else site.name
    feed = kind(
        title=feeds.clean(title),
        link=site_url(quote(channel.path, safe="/@")),
        description=feeds.clean(site.tagline or site.name),
        language=site.language,
        feed_url=site_url(request.path),
        feed_guid=site_url(quote(channel.path, safe="/@")),
        updated=max(map(feeds.updated_at, channel.posts), default=EPOCH),
        icon=site_url("/apple-touch-icon.png"),
    )
    for post in channel.posts:
        feeds.add(feed, post)
    response = HttpResponse(feed.writeString("utf-8"), content_type=kind.content_type)
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response
