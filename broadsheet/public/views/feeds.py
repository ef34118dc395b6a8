"""Feeds: RSS 2.0, Atom and JSON Feed of the site, an author or a tag, with the posts in full."""

import datetime as dt
from typing import NamedTuple
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from broadsheet.pagecache import set_cache_tags
from broadsheet.posts import cache_tags, queries
from broadsheet.posts.models import Post, Tag
from broadsheet.posts.queries import PostDetail
from broadsheet.public import feed_formats, pagination
from broadsheet.public.legacy_redirects import redirect_fallback
from broadsheet.public.meta import site_url
from broadsheet.publication.queries import SiteConfig

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Channel(NamedTuple):
    """Content of a feed: name (empty for the site), path of its page, cache tags and posts."""

    name: str
    path: str
    cache_tags: tuple[str, ...]
    posts: list[PostDetail]


@require_safe
def site_feed(request: HttpRequest, form: str) -> HttpResponse:
    """Send the newest posts of the site."""
    return _send(request, Channel("", "/", (cache_tags.POSTS,), pagination.newest_of_all()), form)


@require_safe
@redirect_fallback
def author_feed(request: HttpRequest, username: str, form: str) -> HttpResponse:
    """Send the newest posts of an author. Raises Http404."""
    author = queries.author(username)
    if author is None:
        raise Http404
    posts = pagination.newest_by(author.id)
    if not posts and not author.is_author:
        raise Http404
    path = author.get_absolute_url()
    tags = f"user:{author.id.hex}", f"by:{author.id.hex}"
    return _send(request, Channel(author.name, path, tags, posts), form)


@require_safe
@redirect_fallback
def tag_feed(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Send the newest posts with a tag. Raises Http404."""
    tag = get_object_or_404(Tag, slug=slug)
    posts = pagination.newest_with(tag.pk)
    if not posts and not Post.objects.visible_to(None).filter(tags=tag).exists():
        raise Http404  # the tag's name would reveal an unpublished post
    tags = cache_tags.tag(tag.pk), cache_tags.posts_with(tag.pk)
    return _send(request, Channel(tag.name, f"/tag/{tag.slug}", tags, posts), form)


def _send(request: HttpRequest, channel: Channel, form: str) -> HttpResponse:
    site = SiteConfig.current()
    kind = feed_formats.KINDS[form]
    title = f"{channel.name} · {site.name}" if channel.name else site.name
    feed = kind(
        title=feed_formats.clean(title),
        link=site_url(quote(channel.path, safe="/@")),
        description=feed_formats.clean(site.tagline or site.name),
        language=site.language,
        feed_url=site_url(request.path),
        feed_guid=site_url(quote(channel.path, safe="/@")),
        updated=max(map(feed_formats.changed_at, channel.posts), default=EPOCH),
        icon=site_url("/apple-touch-icon.png"),
    )
    feed.entries = channel.posts
    response = HttpResponse(feed.writeString("utf-8"), content_type=kind.content_type)
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    set_cache_tags(
        response, (*site.cache_tags(), *channel.cache_tags, *cache_tags.of_posts(channel.posts))
    )
    return response
