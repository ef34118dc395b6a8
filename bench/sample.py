"""Sample of URLs of each kind of page, spread over all data."""

import datetime as dt
import random
import re
from collections.abc import Callable
from itertools import cycle, islice, pairwise
from typing import Any
from urllib.parse import urlencode

from django.core.signing import Signer
from django.db.models import QuerySet

from broadsheet.accounts.models import User
from broadsheet.lib.keyset import NEWEST, Cursor
from broadsheet.posts.models import Authorship, Post, PostTag, Series, Tag
from bench.seed import plan, words

#: Kinds of pages with their requests: a URL, or `USER URL` for one with a token.
type Requests = dict[str, list[str]]

API = "/api/v1"


class Sample:
    """`count` random posts and their authors, tags and series; popular ones occur more often."""

    def __init__(self, count: int) -> None:
        self._rng = random.Random(7)
        self.posts = [self._post() for _ in range(count)]
        ids = [post.pk for post in self.posts]
        tags = PostTag.objects.filter(post__in=ids, position=0, listed_at__isnull=False)
        self.tags = list(tags.values_list("tag__slug", flat=True))
        popular = PostTag.objects.filter(post__in=ids, position=1, listed_at__isnull=False)
        self.popular = list(popular.values_list("tag__slug", flat=True)) or self.tags
        authors = Authorship.objects.filter(post__in=ids, position=0)
        self.authors = list(authors.values_list("user__username", flat=True))
        self.rare_authors = self._last(User.objects.filter(role="author"), "username")
        self.rare = self._last(Tag.objects.all(), "slug")
        series = list(Series.objects.values_list("slug", flat=True))
        self.series = self._rng.choices(series, k=count)

    def _post(self) -> Post:
        span = dt.timedelta(days=365 * plan.YEARS - 30)
        after = Cursor(plan.FIRST + span * self._rng.random(), NEWEST.id)
        return Post.objects.published().after(after).newest_first()[0]

    def _last(self, rows: QuerySet[Any], name: str) -> list[str]:
        """Return random names from the less used half; names end in their rank."""
        names = [n for n in rows.values_list(name, flat=True) if n[-1].isdigit()]
        names.sort(key=lambda name: int(re.findall(r"\d+", name)[-1]))
        return self._rng.choices(names[len(names) // 2 :], k=len(self.posts))

    def some(self, paths: list[str]) -> list[str]:
        """Return random paths, a quarter as many as there are posts."""
        return self._rng.choices(paths, k=len(self.posts) // 4)

    def each(self, path: Callable[[Post], str]) -> list[str]:
        return [path(post) for post in self.posts]


def requests(count: int) -> Requests:
    """Return the requests of each kind of page."""
    sample = Sample(count)
    return {
        **_pages(sample),
        **_feeds_and_sitemaps(sample),
        **_searches(sample),
        **_api(sample),
        **_members(sample),
    }


def _pages(s: Sample) -> Requests:
    years = [plan.FIRST.year + n % plan.YEARS for n in range(len(s.posts))]
    after = s.each(lambda post: f"?after={post.cursor}")
    newest = Post.objects.published().newest_first().values_list("slug", flat=True)
    oldest = Post.objects.published().order_by("pub_date", "id").values_list("slug", flat=True)
    og_images = s.each(lambda post: f"/share/{post.pk.hex}-{post.version}.png")
    return {
        "home": ["/"] * len(s.posts),
        "home, deep": [f"/{a}" for a in after],
        "post": s.each(lambda post: post.get_absolute_url()),
        "post, the newest and the oldest": [f"/{n}" for n in [*newest[:50], *oldest[:50]]],
        "tag with few posts": [f"/tag/{slug}" for slug in s.rare],
        "tag": [f"/tag/{slug}" for slug in s.tags],
        "tag, popular and deep": [f"/tag/{t}{a}" for t, a in zip(s.popular, after, strict=False)],
        "author with few posts": [f"/@{name}" for name in s.rare_authors],
        "author": [f"/@{name}" for name in s.authors],
        "author, deep": [f"/@{n}{a}" for n, a in zip(s.authors, after, strict=False)],
        "series": [f"/series/{slug}" for slug in s.series],
        "archive": ["/archive"] * len(s.posts),
        "archive, deep": [f"/archive{a}" for a in after],
        "year": [f"/archive/{year}" for year in years],
        "year, deep": [
            f"/archive/{post.pub_date.year}{a}"  # type: ignore[union-attr] # published posts have a date
            for post, a in zip(s.posts, after, strict=True)
        ],
        "social preview image": og_images[: len(og_images) // 4],
        "redirect": [f"/old/{n % 10}" for n in range(len(s.posts))],
        "404": [f"/nothing-{n}" for n in range(len(s.posts))],
    }


def _feeds_and_sitemaps(s: Sample) -> Requests:
    months = {f"{post.pub_date:%Y-%m}" for post in s.posts}
    feeds = ("rss.xml", "atom.xml", "feed.json")
    return {
        "feed": [f"/{feed}" for feed in feeds] * (len(s.posts) // 3),
        "feed of a tag": [f"/tag/{t}/{f}" for t, f in zip(s.tags, cycle(feeds), strict=False)],
        "feed of an author": [f"/@{n}/{f}" for n, f in zip(s.authors, cycle(feeds), strict=False)],
        "sitemap index": ["/sitemap.xml"] * (len(s.posts) // 4),
        "sitemap of posts": s.some([f"/sitemap-posts-{month}.xml" for month in sorted(months)]),
        "sitemap of pages": ["/sitemap-pages.xml"] * (len(s.posts) // 4),
        "robots.txt": ["/robots.txt"] * (len(s.posts) // 4),
    }


def _api(s: Sample) -> Requests:
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
        "API users": [f"{API}/users"] * (len(s.posts) // 2),
        "API series": [f"{API}/series"] * (len(s.posts) // 2),
        "API tag": [f"{API}/tags/{slug}" for slug in s.tags],
        "API user": [f"{API}/users/{name}" for name in s.authors],
        "API, no results": [posts(author="nobody-1"), posts(tag="no-such-tag"), posts(q="xqzzqx")]
        * (len(s.posts) // 6),
    }


def _members(s: Sample) -> Requests:
    """Return the requests with a token, as `USER URL`."""
    statuses = [f"{API}/posts?status={status}" for status in plan.STATUSES] * (len(s.posts) // 5)
    return {
        "API list, owner": [f"OWNER {API}/posts"] * len(s.posts),
        "API by status, owner": [f"OWNER {url}" for url in statuses],
        "API by tag, owner": [f"OWNER {API}/posts?tag={slug}" for slug in s.popular],
        "API deleted posts, owner": [f"OWNER {API}/posts?deleted=true"] * len(s.posts),
        "API list, author": [f"AUTHOR {API}/posts"] * len(s.posts),
        "API own posts, author": [f"AUTHOR {API}/posts?mine=true"] * len(s.posts),
        "API by status, author": [f"AUTHOR {url}" for url in statuses],
        "API by tag, author": [f"AUTHOR {API}/posts?tag={slug}" for slug in s.popular],
    }


def _searches(s: Sample) -> Requests:
    titles = s.each(lambda post: post.title)
    common = list(islice(cycle(words.COMMON[:60]), len(titles)))
    rare = [max(title.split(), key=len).lower() for title in titles]
    runs = [run[n % 8 :] for n, run in zip(range(len(titles)), cycle(words.CJK), strict=False)]
    days = s.each(lambda post: f"{post.pub_date:%Y-%m-%d}")
    return {
        "search, a common word": [_search(word) for word in common],
        "search, common words": [_search(f"{a} {b}") for a, b in pairwise(common)],
        "search, common word, page 20": [_search(word, page="20") for word in common],
        "search, a rare word": [_search(word) for word in rare],
        "search, a common and a rare word": [
            _search(f"{a} {b}") for a, b in zip(common, rare, strict=True)
        ],
        "search, a title": [_search(title) for title in titles],
        "search, a phrase": [_search(f'"{" ".join(title.split()[:3])}"') for title in titles],
        "search, a phrase of common words": [_search(f'"{a} {b}"') for a, b in pairwise(common)],
        "search, a prefix": [_search(word[:3]) for word in rare],
        "search, a misspelled word": [_search(f"{word[:2]}q{word[3:]}") for word in rare],
        "search, CJK": [_search(run[: 2 + n % 4]) for n, run in enumerate(runs)],
        "search, by author": [
            _search(word, author=a) for word, a in zip(common, s.authors, strict=False)
        ],
        "search, by tag": [
            _search(word, tag=t) for word, t in zip(common, s.popular, strict=False)
        ],
        "search, from a date": [
            _search(w, **{"from": d}) for w, d in zip(common, days, strict=True)
        ],
        "search, to a date": [_search(word, to=d) for word, d in zip(common, days, strict=True)],
        "suggestions": [
            f"/search/suggest?{urlencode({'q': title[: 2 + n % 12]})}"
            for n, title in enumerate(titles)
        ],
    }


def _search(text: str, **filters: str) -> str:
    return f"/search?{urlencode({'q': text, **filters})}"


def _cursor(order: tuple[str, ...], *values: str) -> str:
    """Return a cursor for the API, signed like those of `api.pagination`."""
    return Signer(salt="api.cursor " + " ".join(order)).sign_object(list(values))
