"""nginx's cache of public pages: never stale while the site is up, and readable while down."""

import json
import re
import threading
from collections.abc import Iterator

import pytest

from tests.ops import site_behind_nginx
from tests.ops.site_behind_nginx import SiteBehindNginx, send_request

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
def shared_site(seeded: SiteBehindNginx) -> Iterator[SiteBehindNginx]:
    """A running site that tests share and do not stop."""
    with site_behind_nginx.running(seeded.copy("up"), BROADSHEET_PROCESSES="2") as site:
        yield site


@pytest.fixture
def own_site(
    seeded: SiteBehindNginx, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteBehindNginx]:
    """A running site for one test, which may stop it."""
    with site_behind_nginx.running(seeded.copy(tmp_path_factory.mktemp("own").name)) as site:
        yield site


def cached_files(site: SiteBehindNginx) -> dict[str, bytes]:
    """Return the files in nginx's cache, by key."""
    files = [path.read_bytes() for path in site.cache_folder.rglob("*") if path.is_file()]
    return {re.findall(rb"\nKEY: (.*)\n", file)[0].decode(): file for file in files}


def test_public_pages_are_readable_while_the_application_is_down(own_site: SiteBehindNginx) -> None:
    before = {path: own_site.get(path, accept_encoding=BROWSER) for path in PAGES}
    own_site.stop()
    for path, page in before.items():
        after = own_site.get(path, accept_encoding=BROWSER)
        assert (after.status, after.body) == (200, page.body), path
        assert after.headers.get("content-encoding") == page.headers.get("content-encoding")
    head = send_request(own_site.port, "/story", "HEAD", accept_encoding=BROWSER)
    assert (head.status, head.body) == (200, b"")
    member = own_site.get("/story", accept_encoding=BROWSER, cookie="sessionid=x")
    assert member.status == 200, "logged-in users read the same page"
    assert own_site.get("/story", authorization=f"Bearer {own_site.token}").status == 502
    etag = before["/story"].headers["etag"]
    same = own_site.get("/story", accept_encoding=BROWSER, if_none_match=etag)
    assert (same.status, same.body) == (304, b"")
    own_site.start()
    assert own_site.edit(title="Back again").status == 200
    assert b"Back again" in own_site.get("/story").body


def test_private_pages_are_neither_cached_nor_served_from_the_cache(
    own_site: SiteBehindNginx,
) -> None:
    member = {"cookie": f"sessionid={own_site.shell(LOGIN).strip()}"}
    token = {"authorization": f"Bearer {own_site.token}"}
    responses = [own_site.get(path, **member) for path in [*PRIVATE, *UNCACHED, "/story", "/"]]
    responses += [own_site.get(path, **token) for path in [*PRIVATE, *UNCACHED, "/archive"]]
    responses += [own_site.get(path) for path in UNCACHED]
    assert {response.status for response in responses} > {200}
    assert cached_files(own_site) == {}
    own_site.stop()
    for path in [*PRIVATE, *UNCACHED]:
        for headers in (member, token, {}):
            assert own_site.get(path, **headers).status == 502, path


@pytest.mark.prove
def test_query_strings_and_unusual_encodings_are_not_cached(shared_site: SiteBehindNginx) -> None:
    before = cached_files(shared_site)
    for number in range(5):
        assert shared_site.get(f"/?utm_source={number}").status == 200
        assert shared_site.get("/", accept_encoding=f"gzip, x-{number}").status == 200
        assert shared_site.get(f"/missing-{number}").status == 404
    assert cached_files(shared_site).keys() == before.keys()


def test_an_acknowledged_change_is_visible_to_the_next_reader(shared_site: SiteBehindNginx) -> None:
    """Other readers request pages all the time, so that copies are cached at the worst moments."""
    is_done = threading.Event()
    paths = ("/story", "/", "/rss.xml")

    def read() -> None:
        while not is_done.is_set():
            for path in paths:
                shared_site.get(path)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(40):
            title = f"Edit {number:02}!"  # all of the same length
            assert shared_site.edit(title=title).status == 200
            for path in paths:
                responses = [shared_site.get(path), shared_site.get(path, accept_encoding="gzip")]
                assert all(title.encode() in response.text for response in responses), path
    finally:
        is_done.set()
        for reader in readers:
            reader.join()
    assert cached_files(shared_site), "there were copies that could have been stale"


def test_conditional_requests_work_through_nginx(shared_site: SiteBehindNginx) -> None:
    page = shared_site.get("/story")
    assert shared_site.get("/story", if_none_match=page.headers["etag"]).status == 304
    assert shared_site.get("/story", if_none_match='"another"').body == page.body
    assert (
        shared_site.get("/story", if_none_match=page.headers["etag"], cookie="sessionid=x").status
        == 304
    )
    posts = shared_site.get("/api/v1/posts")
    assert shared_site.get("/api/v1/posts", if_none_match=posts.headers["etag"]).status == 304
    token = {"authorization": f"Bearer {shared_site.token}"}
    post = shared_site.get(f"/api/v1/posts/{shared_site.post}", **token)
    etag = post.headers["etag"]
    assert (
        shared_site.get(f"/api/v1/posts/{shared_site.post}", if_none_match=etag, **token).status
        == 304
    )
    assert shared_site.get("/story", range="bytes=0-1").status == 200, "as the application does"


def test_other_methods_reach_the_application(shared_site: SiteBehindNginx) -> None:
    shared_site.get("/story")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        proxied = send_request(shared_site.port, "/story", method, "a=b", content_type="text/plain")
        direct = shared_site.directly("/story", method, body="a=b", content_type="text/plain")
        assert proxied.status == direct.status
        assert proxied.headers.get("allow") == direct.headers.get("allow")
    assert send_request(shared_site.port, "/story", host="evil.example").status == 400


def test_an_unpublished_post_stays_hidden_while_the_application_is_down(
    own_site: SiteBehindNginx,
) -> None:
    assert own_site.get("/story").status == 200
    post = f"/api/v1/posts/{own_site.post}"
    bearer = {"authorization": f"Bearer {own_site.token}", "if_match": "*"}
    assert send_request(own_site.port, f"{post}/unpublish", "POST", **bearer).status == 200
    assert own_site.get("/story").status == 404
    own_site.stop()
    assert own_site.get("/story").status == 404
    own_site.start()
    assert send_request(own_site.port, f"{post}/publish", "POST", **bearer).status == 200
    assert own_site.get("/story").status == 200
    own_site.stop()
    assert own_site.get("/story").status == 200


@pytest.mark.prove
def test_a_new_header_is_sent_although_the_page_is_unchanged(own_site: SiteBehindNginx) -> None:
    before = own_site.get("/story")
    own_site.stop()
    own_site.more["BROADSHEET_CDN_TAGS"] = "Surrogate-Key"
    own_site.start()
    after = own_site.get("/story")
    assert after.body == before.body
    assert "surrogate-key" not in before.headers
    assert "site" in after.headers["surrogate-key"].split()


def test_nginx_caches_nothing_behind_a_cdn_that_is_purged(seeded: SiteBehindNginx) -> None:
    purge = {"BROADSHEET_CDN_PURGE_URL": "https://api.example/purge"}
    with site_behind_nginx.running(seeded.copy("cdn"), **purge) as site:
        response = site.get("/story")
        assert "surrogate-key" in response.headers or "cache-tag" in response.headers
        assert not site.cache_folder.exists()
        assert json.loads(site.get("/feed.json").body)["items"]
