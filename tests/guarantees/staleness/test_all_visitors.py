"""Every visitor, with every kind of request and at any time, gets the same cached page."""

import datetime as dt
from collections.abc import Callable, Iterable

import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.accounts import actions as accounts
from broadsheet.pagecache.entries import Headers
from broadsheet.pagecache.wsgi import Application, Environ
from broadsheet.posts.models import Post
from broadsheet.publication.models import Site
from tests.guarantees.staleness import by_actions
from tests.guarantees.staleness.cache_probe import CacheProbe, cookies
from tests.guarantees.staleness.conftest import CachedSite

#: Pages that differ with each request; they are never cached.
UNCACHEABLE = {"/api/v1/docs"}


def _slow(value: object) -> object:
    """Return a parameter that is tried with --slow only."""
    return pytest.param(value, marks=pytest.mark.slow)


@pytest.mark.slow
def test_public_pages_are_the_same_bytes_for_all_users(cached_site: CachedSite) -> None:
    public = [url for url in cached_site.urls if not url.startswith(("/api", "/fragments"))]
    wrong = []
    for user in cached_site.world.users:
        cookie = session_cookie(user)
        cached_site.probe.clear()  # so that each user's request renders the pages once
        for url in public:
            reply = cached_site.probe.read(url, cookie=cookie)[0]
            if reply != cached_site.snapshot.replies[url]:
                wrong.append((user.username, url))
            assert not reply.header("Set-Cookie")
            assert "cookie" not in reply.header("Vary").lower()
        wrong += [
            ("anonymous", url)
            for url in cached_site.probe.compare(cached_site.snapshot, public).changed
        ]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.slow
def test_anonymous_visitors_get_no_api_response_of_a_user(
    cached_site: CachedSite,
) -> None:
    urls = [url for url in cached_site.urls if url.startswith("/api") and url not in UNCACHEABLE]
    tokens = [
        accounts.create_token(user, name="t", scope="read", expires_at=None)[1]
        for user in cached_site.world.users
    ]
    credentials = [{"cookie": session_cookie(user)} for user in cached_site.world.users]
    credentials += [{"authorization": f"Bearer {token}"} for token in tokens]
    own = {}
    for headers in credentials:
        cached_site.probe.clear()
        for url in urls:
            own[url] = cached_site.probe.read(url, **headers)[0]
        assert cached_site.probe.compare(cached_site.snapshot, urls).changed == set()
        cached_site.probe.restore(cached_site.snapshot)
        for url in urls:  # and users get none of anonymous visitors
            again = cached_site.probe.read(url, **headers)[0]
            assert (again.code, again.body) == (own[url].code, own[url].body), url


def session_cookie(user: object) -> str:
    browser = Client()
    browser.force_login(user)  # type: ignore[arg-type]
    return cookies(browser.cookies)


REQUEST_HEADERS = {
    "browser": {"accept": "text/html,application/xhtml+xml"},
    "API client": {"accept": "application/json"},
    "other language": {"accept_language": "ar,de;q=0.5"},
    "phone": {"user_agent": "Mobile Safari"},
    "range": {"range": "bytes=0-10"},
    "prefetch": {"purpose": "prefetch", "sec_purpose": "prefetch;prerender"},
    "other origin": {"referer": "https://e.example/", "origin": "https://e.example"},
    "script": {"x_requested_with": "XMLHttpRequest"},
    "forged proxy headers": {"x_forwarded_proto": "https", "x_forwarded_host": "e.example"},
    "compressed": {"accept_encoding": "br, gzip"},
    "conditional": {"if_none_match": '"x"', "if_modified_since": "Thu, 01 Jan 2099 00:00:00 GMT"},
}


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("kind", REQUEST_HEADERS)
def test_headers_of_the_first_request_do_not_change_the_cached_page(
    cached_site: CachedSite, kind: str
) -> None:
    cached_site.probe.clear()
    for url in cached_site.snapshot.cached:
        cached_site.probe.read(url, **REQUEST_HEADERS[kind])
    comparison = cached_site.probe.compare(cached_site.snapshot)
    assert comparison.changed == set()


@pytest.mark.slow
def test_a_first_request_by_head_caches_the_full_page(cached_site: CachedSite) -> None:
    cached_site.probe.clear()
    for url in cached_site.snapshot.cached:
        head = cached_site.probe.read(url, method="HEAD")[0]
        assert head.body == b""
        assert head.headers == cached_site.snapshot.replies[url].headers
    assert cached_site.probe.compare(cached_site.snapshot).changed == set()


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=x",
        *(_slow(query) for query in ("v=2", "after=", "x=1&x=2&after=", "%00", "q=é")),
    ],
)
def test_unknown_query_parameters_change_no_page(cached_site: CachedSite, query: str) -> None:
    plain = [
        url for url in cached_site.snapshot.cached if "?" not in url and not url.startswith("/api")
    ]
    cached_site.probe.clear()
    for url in plain:
        url_with_query = f"{url}?{query}"
        reply = cached_site.probe.read(url_with_query)[0]
        if not (query.startswith("v=") and url == "/theme.css"):
            assert reply == cached_site.snapshot.replies[url], url_with_query
    assert cached_site.probe.compare(cached_site.snapshot).changed == set()


@pytest.mark.parametrize("days", [_slow(1), 40, _slow(4_000)])
def test_time_alone_changes_no_page(
    cached_site: CachedSite, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    then = timezone.now() + dt.timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: then)
    changed = {
        url
        for url in cached_site.snapshot.cached
        if cached_site.probe.uncached(url) != cached_site.snapshot.replies[url]
    }
    assert changed == set()


def test_a_conditional_request_is_validated(cached_site: CachedSite) -> None:
    etags = {url: reply.header("ETag") for url, reply in cached_site.snapshot.replies.items()}
    by_actions.CHANGES["edit title"].apply(cached_site.world)
    comparison = cached_site.probe.compare(cached_site.snapshot)
    assert comparison.changed
    for url in cached_site.snapshot.cached:
        reply = cached_site.probe.read(url, if_none_match=etags[url])[0]
        assert (reply.code == 304) != (url in comparison.changed), url


class Changing:
    """A site that changes while a page is rendered: before or after its data is read."""

    def __init__(self, inner: Application, when: str) -> None:
        self.inner, self.when, self.times = inner, when, 0

    def __call__(self, environ: Environ, start_response: object) -> Iterable[bytes]:
        if self.when == "before":
            self.change()
        response = self.inner(environ, start_response)  # type: ignore[arg-type]
        if self.when == "after":
            self.change()
        return response

    def change(self) -> None:
        """Change something that every page shows."""
        self.times += 1
        Site.objects.update(name=f"Changed {self.times}", accent=f"#{self.times:06x}")
        Post.objects.update(title=f"Changed {self.times}", version=self.times)


@pytest.mark.slow
@pytest.mark.parametrize("when", [_slow("before"), "after"])
def test_a_change_while_a_page_is_rendered_shows_in_the_next_response(
    cached_site: CachedSite, when: str
) -> None:
    changing: list[Changing] = []

    def wrap(inner: Application) -> Application:
        changing.append(Changing(inner, when))
        return changing[0]

    probe = CacheProbe(wrap)
    try:
        for url in cached_site.snapshot.cached:
            changing[0].when = when
            probe.read(url)
            changing[0].when = "never"
            assert probe.read(url)[0] == probe.uncached(url), url
        assert changing[0].times > 70
    finally:
        probe.close()


class Negotiating:
    """A site whose pages vary by a request header, as a plug-in's might."""

    def __init__(self, inner: Application, name: str) -> None:
        self.inner, self.name = inner, name

    def __call__(self, environ: Environ, start_response: Callable[..., object]) -> list[bytes]:
        def start(status: str, headers: Headers, *more: object) -> object:
            cached = [pair for pair in headers if pair[0].lower() != "content-length"]
            return start_response(status, [*cached, ("Vary", self.name)], *more)

        key = f"HTTP_{self.name.upper().replace('-', '_')}"
        return [*self.inner(environ, start), environ.get(key, "").encode()]


@pytest.mark.parametrize("name", [_slow("Accept"), "Accept-Language", _slow("User-Agent"), "*"])
def test_a_page_that_varies_by_another_header_is_not_cached(
    cached_site: CachedSite, name: str
) -> None:
    probe = CacheProbe(lambda inner: Negotiating(inner, name))
    header = name.lower().replace("-", "_")
    try:
        for url in (url for url in cached_site.snapshot.cached if not url.startswith("/api")):
            for value in ("text/html, one", "text/html, another"):
                reply, was_cached = probe.read(url, **{header: value})
                assert not was_cached, url
                assert reply.code != 200 or reply.body.endswith(value.encode()) or name == "*"
    finally:
        probe.close()
