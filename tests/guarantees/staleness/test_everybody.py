"""Whoever asks, however they ask, and whenever: what is kept is the same page."""

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
from tests.guarantees.staleness.conftest import Stage
from tests.guarantees.staleness.reading import Instrument, cookies

#: Pages with something that is another at each request; they are never kept.
RESTLESS = {"/api/v1/docs"}


def _slow(value: object) -> object:
    """Return a parameter that is tried with --slow only."""
    return pytest.param(value, marks=pytest.mark.slow)


@pytest.mark.slow
def test_public_pages_are_the_same_bytes_for_everybody(stage: Stage) -> None:
    public = [a for a in stage.addresses if not a.startswith(("/api", "/fragments"))]
    wrong = []
    for person in stage.world.people:
        cookie = logged_in(person)
        stage.instrument.forget()  # so that each is the first to ask, once
        for address in public:
            theirs = stage.instrument.read(address, cookie=cookie)[0]
            if theirs != stage.warm.replies[address]:
                wrong.append((person.username, address))
            assert not theirs.header("Set-Cookie")
            assert "cookie" not in theirs.header("Vary").lower()
        wrong += [("stranger", a) for a in stage.instrument.compare(stage.warm, public).changed]
    assert wrong == []


@pytest.mark.slow
def test_strangers_get_nothing_of_the_api_that_was_made_for_somebody(stage: Stage) -> None:
    addresses = [a for a in stage.addresses if a.startswith("/api") and a not in RESTLESS]
    keys = [
        accounts.create_token(p, name="t", scope="read", expires_at=None)[1]
        for p in stage.world.people
    ]
    ways = [{"cookie": logged_in(person)} for person in stage.world.people]
    ways += [{"authorization": f"Bearer {key}"} for key in keys]
    own = {}
    for way in ways:
        stage.instrument.forget()
        for address in addresses:
            own[address] = stage.instrument.read(address, **way)[0]
        assert stage.instrument.compare(stage.warm, addresses).changed == set()
        stage.instrument.rewarm(stage.warm)
        for address in addresses:  # and they get none that was made for strangers
            again = stage.instrument.read(address, **way)[0]
            assert (again.code, again.body) == (own[address].code, own[address].body), address


def logged_in(person: object) -> str:
    browser = Client()
    browser.force_login(person)  # type: ignore[arg-type]
    return cookies(browser.cookies)


WAYS = {
    "for a browser": {"accept": "text/html,application/xhtml+xml"},
    "for a program": {"accept": "application/json"},
    "in another language": {"accept_language": "ar,de;q=0.5"},
    "as a phone": {"user_agent": "Mobile Safari"},
    "in part": {"range": "bytes=0-10"},
    "ahead": {"purpose": "prefetch", "sec_purpose": "prefetch;prerender"},
    "from elsewhere": {"referer": "https://e.example/", "origin": "https://e.example"},
    "by script": {"x_requested_with": "XMLHttpRequest"},
    "past what stands before": {"x_forwarded_proto": "https", "x_forwarded_host": "e.example"},
    "compressed": {"accept_encoding": "br, gzip"},
    "again": {"if_none_match": '"x"', "if_modified_since": "Thu, 01 Jan 2099 00:00:00 GMT"},
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_how_the_first_one_asks_makes_no_difference_to_the_next(stage: Stage, way: str) -> None:
    stage.instrument.forget()
    for address in stage.warm.kept:
        stage.instrument.read(address, **WAYS[way])
    found = stage.instrument.compare(stage.warm)
    assert found.changed == set()


@pytest.mark.slow
def test_whoever_asks_for_the_head_alone_first_leaves_a_whole_page(stage: Stage) -> None:
    stage.instrument.forget()
    for address in stage.warm.kept:
        head = stage.instrument.read(address, method="HEAD")[0]
        assert head.body == b""
        assert head.headers == stage.warm.replies[address].headers
    assert stage.instrument.compare(stage.warm).changed == set()


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=x",
        *(_slow(query) for query in ("v=2", "after=", "x=1&x=2&after=", "%00", "q=é")),
    ],
)
def test_what_nobody_knows_in_a_query_changes_no_page(stage: Stage, query: str) -> None:
    plain = [a for a in stage.warm.kept if "?" not in a and not a.startswith("/api")]
    stage.instrument.forget()
    for address in plain:
        asked = f"{address}?{query}"
        reply = stage.instrument.read(asked)[0]
        if not (query.startswith("v=") and address == "/theme.css"):
            assert reply == stage.warm.replies[address], asked
    assert stage.instrument.compare(stage.warm).changed == set()


@pytest.mark.parametrize("days", [_slow(1), 40, _slow(4_000)])
def test_time_alone_changes_no_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    then = timezone.now() + dt.timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: then)
    changed = {a for a in stage.warm.kept if stage.instrument.fresh(a) != stage.warm.replies[a]}
    assert changed == set()


def test_who_has_a_page_is_told_whether_it_holds(stage: Stage) -> None:
    etags = {address: reply.header("ETag") for address, reply in stage.warm.replies.items()}
    by_actions.DEEDS["edit title"].do(stage.world)
    found = stage.instrument.compare(stage.warm)
    assert found.changed
    for address in stage.warm.kept:
        reply = stage.instrument.read(address, if_none_match=etags[address])[0]
        assert (reply.code == 304) != (address in found.changed), address


class Changing:
    """A site that changes while a page is being made: before it is read, or after."""

    def __init__(self, inner: Application, when: str) -> None:
        self.inner, self.when, self.times = inner, when, 0

    def __call__(self, environ: Environ, start_response: object) -> Iterable[bytes]:
        if self.when == "before":
            self.change()
        answer = self.inner(environ, start_response)  # type: ignore[arg-type]
        if self.when == "after":
            self.change()
        return answer

    def change(self) -> None:
        """Change what stands on every page."""
        self.times += 1
        Site.objects.update(name=f"Changed {self.times}", accent=f"#{self.times:06x}")
        Post.objects.update(title=f"Changed {self.times}", version=self.times)


@pytest.mark.parametrize("when", [_slow("before"), "after"])
def test_what_changes_while_a_page_is_made_is_seen_the_next_time(stage: Stage, when: str) -> None:
    changing: list[Changing] = []

    def before(inner: Application) -> Application:
        changing.append(Changing(inner, when))
        return changing[0]

    instrument = Instrument(before)
    try:
        for address in stage.warm.kept:
            changing[0].when = when
            instrument.read(address)
            changing[0].when = "never"
            assert instrument.read(address)[0] == instrument.fresh(address), address
        assert changing[0].times > 70
    finally:
        instrument.close()


class Negotiating:
    """A site whose pages vary by a request header, as a plug-in's might."""

    def __init__(self, inner: Application, name: str) -> None:
        self.inner, self.name = inner, name

    def __call__(self, environ: Environ, start_response: Callable[..., object]) -> list[bytes]:
        def start(status: str, headers: Headers, *more: object) -> object:
            kept = [pair for pair in headers if pair[0].lower() != "content-length"]
            return start_response(status, [*kept, ("Vary", self.name)], *more)

        key = f"HTTP_{self.name.upper().replace('-', '_')}"
        return [*self.inner(environ, start), environ.get(key, "").encode()]


@pytest.mark.parametrize("name", [_slow("Accept"), "Accept-Language", _slow("User-Agent"), "*"])
def test_what_varies_by_more_than_the_cache_understands_is_made_for_each(
    stage: Stage, name: str
) -> None:
    instrument = Instrument(lambda inner: Negotiating(inner, name))
    header = name.lower().replace("-", "_")
    try:
        for address in (a for a in stage.warm.kept if not a.startswith("/api")):
            for value in ("text/html, one", "text/html, another"):
                reply, was_kept = instrument.read(address, **{header: value})
                assert not was_kept, address
                assert reply.code != 200 or reply.body.endswith(value.encode()) or name == "*"
    finally:
        instrument.close()
