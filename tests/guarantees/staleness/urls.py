"""Sample URLs for every route of the public pages and the API that can be cached."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.urls import URLPattern, URLResolver, get_resolver

from broadsheet.api.views.posts import PostViewSet
from broadsheet.lib.keyset import OLDEST
from tests.guarantees.staleness.cache_probe import CacheProbe, Reply
from tests.guarantees.staleness.world import World

#: Routes of private pages; none of their modules may cache a page.
PRIVATE = tuple(
    "admin/ studio media/ profile login logout signup password/ ^password/ verify ^verify/ claim/"
    " healthz metrics readyz".split()
)

FEEDS = ("rss.xml", "atom.xml", "feed.json")
V1 = "api/v1/"

#: Samples for each route; `{jam}` and so on are ids. Routes with an empty list are never cached.
SAMPLES: dict[str, list[str]] = {
    "/": ["/", "/?after={cursor}", "/?after={after_the_front_page}", "/?utm_source=x"],
    "archive": ["/archive", "/archive?after={cursor}", "/archive?after={after_the_last}"],
    "archive/<year:year>": [
        *(f"/archive/{year}" for year in (2024, 2025, 2026, 2027)),
        "/archive/2026?after={cursor}",
    ],
    "search": [],  # too many different ones
    "search/suggest": [],
    **{name: [f"/{name}"] for name in FEEDS},
    "@<username:username>": [
        *(f"/@{name}" for name in ("ada", "bob", "sue", "fred", "rita", "ADA", "renamed")),
        "/@ada?after={cursor}",
    ],
    **{f"@<username:username>/{name}": [f"/@bob/{name}"] for name in FEEDS},
    "@<username:username>/rss.xml": ["/@ada/rss.xml", "/@fred/rss.xml", "/@sue/rss.xml"],
    "tag/<slug-of-any-script:slug>": [
        *(f"/tag/{name}" for name in ("tea", "food", "lonely", "hidden", "draft", "empty", "new")),
        "/tag/tea?after={cursor}",
    ],
    **{f"tag/<slug-of-any-script:slug>/{name}": [f"/tag/tea/{name}"] for name in FEEDS},
    "tag/<slug-of-any-script:slug>/rss.xml": ["/tag/lonely/rss.xml", "/tag/hidden/rss.xml"],
    "series/<slug-of-any-script:slug>": [
        *(f"/series/{name}" for name in ("kitchen", "solo", "attic", "nothing-yet", "new")),
        "/series/kitchen?after={cursor}",
    ],
    "sitemap.xml": ["/sitemap.xml"],
    "sitemap-pages.xml": ["/sitemap-pages.xml"],
    "sitemap-posts.xml": ["/sitemap-posts.xml"],
    "sitemap-posts-<month:month>.xml": [
        *(f"/sitemap-posts-{month}.xml" for month in ("2026-06", "2026-05", "2026-01", "2025-12")),
        "/sitemap-posts-2026-05.xml?after={cursor}",
    ],
    **{
        f"sitemap-{of}.xml": [f"/sitemap-{of}.xml?after={OLDEST}"]
        for of in ("authors", "tags", "series")
    },
    "robots.txt": ["/robots.txt"],
    "favicon.ico": ["/favicon.ico"],
    "favicon.svg": ["/favicon.svg"],
    "apple-touch-icon.png": ["/apple-touch-icon.png"],
    "theme.css": ["/theme.css", "/theme.css?v=1b5e20-1"],
    "share/<hex:pk>-<int:version>.png": [
        f"/share/{{{name}_hex}}-1.png" for name in ("jam", "hidden", "draft")
    ],
    "preview/<str:token>": [],  # never cached
    "speculation-rules.json": ["/speculation-rules.json"],
    "fragments/reader": ["/fragments/reader"],
    "<post-slug:slug>": [
        *(f"/{slug}" for slug in ("newest", "jam", "honey", "bread", "lone", "fred", "story-9")),
        *(f"/{slug}" for slug in ("story-17", "hidden", "unlisted", "shelved", "draft", "soon")),
        *(f"/{slug}" for slug in ("was", "new", "about", "old", "gone-for-good", "jam?unknown=1")),
    ],
    "<path:path>": ["/some/where"],
    "api/v1": ["/api/v1"],
    "api/v1/": ["/api/v1/"],
    f"{V1}posts": [
        "/api/v1/posts",
        "/api/v1/posts?limit=3",
        "/api/v1/posts?limit=3&cursor={next}",
        "/api/v1/posts?include=content,html",
        *(
            f"/api/v1/posts?{query}"
            for query in (
                "deleted=true", "status=published", "status=draft", "slug=jam", "slug=new",
                "author=ada", "author=renamed", "tag=tea", "tag=new", "series=kitchen", "q=jam",
                "q=changed", "published_after=2026-05-20T00:00:00Z", "mine=true",
                "published_before=2026-01-01T00:00:00Z", "kind=page",
            )
        ),
    ],
    f"{V1}posts/<uuid:pk>": [
        f"/api/v1/posts/{{{n}}}" for n in ("jam", "bread", "hidden", "draft", "deleted", "soon")
    ],
    **{f"{V1}posts/<uuid:pk>/{verb}": [] for verb in  # only POST
       ("publish", "unpublish", "unlist", "archive", "restore")},
    f"{V1}posts/<uuid:pk>/checks": [],  # only for editors
    f"{V1}posts/<uuid:pk>/autosave": [],  # only POST
    f"{V1}posts/<uuid:post>/preview-links": [],  # only for editors
    f"{V1}posts/<uuid:post>/preview-links/<uuid:pk>": [],  # only DELETE
    f"{V1}posts/<uuid:post>/statistics": [],  # only for authors
    f"{V1}statistics": [],  # the user's own
    f"{V1}posts/<uuid:post>/revisions": [],  # only for editors
    f"{V1}posts/<uuid:post>/revisions/<int:number>": [],
    f"{V1}posts/<uuid:post>/revisions/<int:number>/restore": [],  # only POST
    f"{V1}tags": ["/api/v1/tags", "/api/v1/tags?limit=1"],
    f"{V1}tags/<str:slug>": [f"/api/v1/tags/{n}" for n in ("tea", "hidden", "empty", "new")],
    f"{V1}tags/<str:slug>/merge": [],  # only POST
    f"{V1}series/<str:slug>/sort": [],
    f"{V1}series": ["/api/v1/series", "/api/v1/series?limit=1"],
    f"{V1}series/<str:slug>": [f"/api/v1/series/{n}" for n in ("kitchen", "attic", "new")],
    f"{V1}users": ["/api/v1/users", "/api/v1/users?limit=1"],
    f"{V1}users/<str:username>": [
        f"/api/v1/users/{n}" for n in ("ada", "ADA", "bob", "fred", "renamed")
    ],
    f"{V1}bulk-changes": [],  # the user's own
    f"{V1}bulk-changes/<uuid:pk>": [],
    f"{V1}bulk-changes/<uuid:pk>/undo": [],
    f"{V1}images": [],  # the user's own
    f"{V1}images/<uuid:pk>": [],
    f"{V1}images/<uuid:pk>/uses": [],
    f"{V1}tokens": [],
    f"{V1}tokens/<uuid:pk>": [],
    f"{V1}me": [],
    f"{V1}problems/<slug:kind>": ["/api/v1/problems/not-found"],
    f"{V1}openapi.json": ["/api/v1/openapi.json"],
    f"{V1}docs": ["/api/v1/docs"],
    "api^(/(?s:.*))?$": ["/api", "/api/v2"],
}  # fmt: skip


def routes() -> set[str]:
    """Return every route that anonymous visitors can read."""
    all_routes = set(_routes(get_resolver().url_patterns))
    return {route for route in all_routes if not route.startswith(PRIVATE)}


def _routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route or "/"


def list_parameters() -> set[str]:
    """Return the parameters of the API's list of posts."""
    return set(PostViewSet.query_parameters)


def sample_urls(world: World, probe: CacheProbe) -> list[str]:
    """Return all sample URLs, with the ids of `world`."""
    values = {name: str(post.pk) for name, post in world.posts.items()}
    values |= {f"{name}_hex": post.pk.hex for name, post in world.posts.items()}
    values["cursor"] = str(world.posts["honey"].cursor)
    last = min(
        (post for post in world.posts.values() if post.is_listed), key=lambda post: post.cursor.at
    )
    values["after_the_last"] = str(last.cursor)
    front = probe.uncached("/").body.decode()
    values["after_the_front_page"] = re.findall(r'href="/\?after=([^"]+)"', front)[0]
    values["next"] = _cursor(probe.uncached("/api/v1/posts?limit=3"))
    return [sample.format(**values) for samples in SAMPLES.values() for sample in samples]


def _cursor(reply: Reply) -> str:
    following: str = json.loads(reply.body)["next"]
    return urlsplit(following).query.split("cursor=")[1].split("&")[0]
