"""Addresses to ask for: of each kind some, from all over the data."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.core.signing import Signer

from broadsheet.accounts.models import User
from broadsheet.posts.models import Authorship, Post, PostTag
from bench.seed import plan, words

type Addresses = dict[str, list[str]]

API = "/api/v1"


class Sample:
    """`count` random posts and what they are filed under: the popular more often."""

    def __init__(self, count: int) -> None:
        self._rng = random.Random(7)
        self.count = count
        self.posts = list(self._posts())
        ids = [post.pk for post in self.posts]
        tags = PostTag.objects.filter(post__in=ids, position=0, listed_at__isnull=False)
        self.tags = list(tags.values_list("tag__slug", flat=True))
        popular = PostTag.objects.filter(post__in=ids, position=1, listed_at__isnull=False)
        self.popular = list(popular.values_list("tag__slug", flat=True)) or self.tags
        writers = Authorship.objects.filter(post__in=ids, position=0)
        self.authors = list(writers.values_list("user__username", flat=True))
        self.series = [f"series-{self._rng.randrange(max(5, self._total() // 200))}" for _ in ids]

    def _total(self) -> int:
        return int(User.objects.count()) * 100

    def _posts(self) -> Iterator[Post]:
        span = dt.timedelta(days=365 * plan.YEARS - 30)
        while True:
            at = plan.FIRST + span * self._rng.random()
            post = Post.objects.published().filter(pub_date__gte=at).order_by("pub_date").first()
            if post is not None:
                yield post
            self.count -= 1
            if not self.count:
                return

    def each(self, path: Callable[[Post], str]) -> list[str]:
        return [path(post) for post in self.posts]


def addresses(count: int) -> Addresses:
    """Return, for each kind, what to ask for."""
    sample = Sample(count)
    return {
        **_pages(sample),
        **_machines(sample),
        **_api(sample),
        **_members(sample),
        **_found(sample),
    }


def _pages(s: Sample) -> Addresses:
    years = [plan.FIRST.year + n % plan.YEARS for n in range(len(s.posts))]
    after = s.each(lambda post: f"?after={post.cursor}")
    return {
        "home": ["/"] * len(s.posts),
        "home, deep": [f"/{a}" for a in after],
        "post": s.each(lambda post: post.get_absolute_url()),
        "tag": [f"/tag/{slug}" for slug in s.tags],
        "tag, popular and deep": [f"/tag/{t}{a}" for t, a in zip(s.popular, after, strict=False)],
        "author": [f"/@{name}" for name in s.authors],
        "author, deep": [f"/@{n}{a}" for n, a in zip(s.authors, after, strict=True)],
        "series": [f"/series/{slug}" for slug in s.series],
        "archive, deep": [f"/archive{a}" for a in after],
        "year": [f"/archive/{year}" for year in years],
        "moved": [f"/old/{n % 10}" for n in range(len(s.posts))],
        "not there": [f"/nothing-{n}" for n in range(len(s.posts))],
    }


def _machines(s: Sample) -> Addresses:
    months = [post.pub_date for post in s.posts if post.pub_date]
    return {
        "feed": ["/rss.xml", "/atom.xml", "/feed.json"] * (len(s.posts) // 3),
        "feed of a tag": [f"/tag/{slug}/rss.xml" for slug in s.tags],
        "feed of an author": [f"/@{name}/atom.xml" for name in s.authors],
        "sitemaps, index": ["/sitemap.xml"] * (len(s.posts) // 4),
        "sitemap of a month": [f"/sitemap-posts-{m:%Y-%m}.xml" for m in months[::4]],
        "sitemap of pages": ["/sitemap-pages.xml"] * (len(s.posts) // 8),
    }


def _api(s: Sample) -> Addresses:
    def posts(**query: str) -> str:
        return f"{API}/posts?{urlencode(query)}"

    def day(post: Post) -> str:
        return f"{post.pub_date:%Y-%m-%dT00:00:00Z}"

    by_time = ("-pub_date", "-id")
    deep = s.each(lambda p: _cursor(by_time, f"{p.pub_date:%Y-%m-%dT%H:%M:%S.%fZ}", str(p.pk)))
    return {
        "API list": [f"{API}/posts"] * len(s.posts),
        "API list, deep": [posts(cursor=cursor) for cursor in deep],
        "API post": s.each(lambda post: f"{API}/posts/{post.pk}"),
        "API by tag": [posts(tag=slug) for slug in s.tags],
        "API by tag, popular": [posts(tag=slug) for slug in s.popular],
        "API by tag, deep": [posts(tag=t, cursor=c) for t, c in zip(s.popular, deep, strict=False)],
        "API by author": [posts(author=name) for name in s.authors],
        "API by author and tag": [
            posts(author=a, tag=t) for a, t in zip(s.authors, s.popular, strict=False)
        ],
        "API by series": [posts(series=slug) for slug in s.series],
        "API by slug": s.each(lambda post: posts(slug=post.slug)),
        "API by part of a title": s.each(lambda post: posts(q=post.title.split()[0])),
        "API by date": s.each(lambda post: posts(published_before=day(post))),
        "API by status": [posts(status=status) for status in plan.STATUSES] * (len(s.posts) // 5),
        "API tags": [f"{API}/tags"] * (len(s.posts) // 2),
        "API tags, deep": [f"{API}/tags?cursor={_cursor(('slug',), slug)}" for slug in s.tags],
        "API people": [f"{API}/users"] * (len(s.posts) // 2),
        "API series": [f"{API}/series"] * (len(s.posts) // 2),
        "API tag": [f"{API}/tags/{slug}" for slug in s.tags],
        "API person": [f"{API}/users/{name}" for name in s.authors],
        "API nobody's": [posts(author="nobody-1"), posts(tag="no-such-tag"), posts(q="xqzzqx")]
        * (len(s.posts) // 6),
    }


def _members(s: Sample) -> Addresses:
    """Return what is asked with a token: `WHO ADDRESS`."""
    statuses = [f"{API}/posts?status={status}" for status in plan.STATUSES] * (len(s.posts) // 5)
    return {
        "owner's API list": [f"OWNER {API}/posts"] * len(s.posts),
        "owner's by status": [f"OWNER {address}" for address in statuses],
        "owner's by tag": [f"OWNER {API}/posts?tag={slug}" for slug in s.popular],
        "owner's deleted": [f"OWNER {API}/posts?deleted=true"] * len(s.posts),
        "author's API list": [f"AUTHOR {API}/posts"] * len(s.posts),
        "author's own": [f"AUTHOR {API}/posts?mine=true"] * len(s.posts),
        "author's by status": [f"AUTHOR {address}" for address in statuses],
        "author's by tag": [f"AUTHOR {API}/posts?tag={slug}" for slug in s.popular],
    }


def _found(s: Sample) -> Addresses:
    common = words.COMMON[: len(s.posts)]
    return {
        "search, common words": [f"/search?{urlencode({'q': word})}" for word in common],
        "search, a title": s.each(lambda post: f"/search?{urlencode({'q': post.title})}"),
        "search, a rare word": s.each(
            lambda post: f"/search?{urlencode({'q': max(post.title.split(), key=len)})}"
        ),
    }


def _cursor(order: tuple[str, ...], *values: str) -> str:
    """Return a cursor of the API, as `api.pagination` signs it."""
    return Signer(salt="api.cursor " + " ".join(order)).sign_object(list(values))
