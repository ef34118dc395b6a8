"""nginx's copies of public pages: never stale while the site is up, and readable while down."""

import json
import re
import threading
from collections.abc import Iterator

import pytest

from tests.ops import site_behind_nginx
from tests.ops.site_behind_nginx import SiteBehindNginx, ask

pytestmark = [pytest.mark.slow, pytest.mark.server("nginx")]

PAGES = [
    "/",
    "/story",
    "/%E8%A8%98%E4%BA%8B",
    "/@olivia",
    "/tag/tests",
    "/archive",
    "/rss.xml",
    "/feed.json",
    "/sitemap.xml",
]
PRIVATE = ["/studio", "/studio/posts", "/profile", "/admin/", "/api/v1/me", "/api/v1/posts?mine=1"]
UNCACHED = ["/search?q=word", "/api/v1/posts", "/fragments/reader", "/login", "/healthz", "/none"]
BROWSER = "gzip, deflate, br"
LOGIN = """
from django.test import Client
from broadsheet.accounts.models import User
client = Client()
client.force_login(User.objects.get())
print(client.cookies["sessionid"].value)
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> SiteBehindNginx:
    """A site with three posts, not started."""
    site = SiteBehindNginx(tmp_path_factory.mktemp("nginx") / "data")
    site.seed()
    return site


@pytest.fixture(scope="module")
def up(seeded: SiteBehindNginx) -> Iterator[SiteBehindNginx]:
    """A site that no test stops."""
    with site_behind_nginx.running(seeded.copy("up"), BROADSHEET_PROCESSES="2") as site:
        yield site


@pytest.fixture
def own(
    seeded: SiteBehindNginx, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteBehindNginx]:
    """A site for one test, which may stop it."""
    with site_behind_nginx.running(seeded.copy(tmp_path_factory.mktemp("own").name)) as site:
        yield site


def stored(site: SiteBehindNginx) -> dict[str, bytes]:
    """Return what nginx has stored, by its key."""
    files = [path.read_bytes() for path in site.copies.rglob("*") if path.is_file()]
    return {re.findall(rb"\nKEY: (.*)\n", file)[0].decode(): file for file in files}


def test_public_pages_are_readable_while_the_application_is_down(own: SiteBehindNginx) -> None:
    before = {path: own.get(path, accept_encoding=BROWSER) for path in PAGES}
    own.stop()
    for path, page in before.items():
        after = own.get(path, accept_encoding=BROWSER)
        assert (after.status, after.body) == (200, page.body), path
        assert after.headers.get("content-encoding") == page.headers.get("content-encoding")
    head = ask(own.port, "/story", "HEAD", accept_encoding=BROWSER)
    assert (head.status, head.body) == (200, b"")
    member = own.get("/story", accept_encoding=BROWSER, cookie="sessionid=x")
    assert member.status == 200, "members read the same page"
    assert own.get("/story", authorization=f"Bearer {own.token}").status == 502
    etag = before["/story"].headers["etag"]
    same = own.get("/story", accept_encoding=BROWSER, if_none_match=etag)
    assert (same.status, same.body) == (304, b"")
    own.start()
    assert own.edit(title="Back again").status == 200
    assert b"Back again" in own.get("/story").body


def test_nothing_private_is_stored_or_served(own: SiteBehindNginx) -> None:
    member = {"cookie": f"sessionid={own.shell(LOGIN).strip()}"}
    token = {"authorization": f"Bearer {own.token}"}
    answers = [own.get(path, **member) for path in [*PRIVATE, *UNCACHED, "/story", "/"]]
    answers += [own.get(path, **token) for path in [*PRIVATE, *UNCACHED, "/archive"]]
    answers += [own.get(path) for path in UNCACHED]
    assert {answer.status for answer in answers} > {200}
    assert stored(own) == {}
    own.stop()
    for path in [*PRIVATE, *UNCACHED]:
        for who in (member, token, {}):
            assert own.get(path, **who).status == 502, path


def test_queries_and_unusual_codings_take_no_space(up: SiteBehindNginx) -> None:
    before = stored(up)
    for number in range(5):
        assert up.get(f"/?utm_source={number}").status == 200
        assert up.get("/", accept_encoding=f"gzip, x-{number}").status == 200
        assert up.get(f"/missing-{number}").status == 404
    assert stored(up).keys() == before.keys()


def test_an_acknowledged_change_is_seen_by_the_next_reader(up: SiteBehindNginx) -> None:
    """Readers ask all the while, so that copies are stored at the worst moments."""
    over = threading.Event()
    paths = ("/story", "/", "/rss.xml")

    def read() -> None:
        while not over.is_set():
            for path in paths:
                up.get(path)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(40):
            title = f"Edit {number:02}!"  # all of the same length
            assert up.edit(title=title).status == 200
            for path in paths:
                answers = [up.get(path), up.get(path, accept_encoding="gzip")]
                assert all(title.encode() in answer.text for answer in answers), path
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert stored(up), "there were copies to be stale"


def test_revalidation_goes_through(up: SiteBehindNginx) -> None:
    page = up.get("/story")
    assert up.get("/story", if_none_match=page.headers["etag"]).status == 304
    assert up.get("/story", if_none_match='"another"').body == page.body
    assert up.get("/story", if_none_match=page.headers["etag"], cookie="sessionid=x").status == 304
    posts = up.get("/api/v1/posts")
    assert up.get("/api/v1/posts", if_none_match=posts.headers["etag"]).status == 304
    token = {"authorization": f"Bearer {up.token}"}
    post = up.get(f"/api/v1/posts/{up.post}", **token)
    etag = post.headers["etag"]
    assert up.get(f"/api/v1/posts/{up.post}", if_none_match=etag, **token).status == 304
    assert up.get("/story", range="bytes=0-1").status == 200, "as the application does"


def test_other_methods_reach_the_application(up: SiteBehindNginx) -> None:
    up.get("/story")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        theirs = ask(up.port, "/story", method, "a=b", content_type="text/plain")
        ours = up.directly("/story", method, body="a=b", content_type="text/plain")
        assert theirs.status == ours.status
        assert theirs.headers.get("allow") == ours.headers.get("allow")
    assert ask(up.port, "/story", host="evil.example").status == 400


def test_a_withdrawn_post_is_gone_and_stays_gone_while_the_application_is_down(
    own: SiteBehindNginx,
) -> None:
    assert own.get("/story").status == 200
    post = f"/api/v1/posts/{own.post}"
    bearer = {"authorization": f"Bearer {own.token}", "if_match": "*"}
    assert ask(own.port, f"{post}/unpublish", "POST", **bearer).status == 200
    assert own.get("/story").status == 404
    own.stop()
    assert own.get("/story").status == 404
    own.start()
    assert ask(own.port, f"{post}/publish", "POST", **bearer).status == 200
    assert own.get("/story").status == 200
    own.stop()
    assert own.get("/story").status == 200


def test_a_new_header_reaches_readers_though_the_page_is_the_same(own: SiteBehindNginx) -> None:
    before = own.get("/story")
    own.stop()
    own.more["BROADSHEET_CDN_TAGS"] = "Surrogate-Key"
    own.start()
    after = own.get("/story")
    assert after.body == before.body
    assert "surrogate-key" not in before.headers
    assert "site" in after.headers["surrogate-key"].split()


def test_behind_a_cdn_that_is_purged_nginx_stores_nothing(seeded: SiteBehindNginx) -> None:
    purge = {"BROADSHEET_CDN_PURGE_URL": "https://api.example/purge"}
    with site_behind_nginx.running(seeded.copy("cdn"), **purge) as site:
        answer = site.get("/story")
        assert "surrogate-key" in answer.headers or "cache-tag" in answer.headers
        assert not site.copies.exists()
        assert json.loads(site.get("/feed.json").body)["items"]
