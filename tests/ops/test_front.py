"""Front files under a real nginx: the same answers, never an old one, some while all is down."""

import contextlib
import http.client
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.ops import fronts
from tests.ops.fronts import FrontSite
from tests.ops.processes import wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.server("nginx"),
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc to end the servers"),
]

PAGES = [
    "/",
    "/story",
    "/%E8%A8%98%E4%BA%8B",
    "/%e8%a8%98%e4%ba%8b",
    "/@olivia",
    "/tag/tests",
    "/archive",
    "/rss.xml",
    "/atom.xml",
    "/feed.json",
    "/tag/tests/rss.xml",
    "/@olivia/feed.json",
    "/sitemap.xml",
    "/sitemap-pages.xml",
]
SERVERS_OWN = {"date", "server", "connection", "etag"}
HOSTILE = [
    "/../data/secret-key",
    "/..%2f..%2fsecret-key",
    "/%2e%2e/%2e%2e/index/index.sqlite3",
    "/./story",
    "/story/../story",
    "//story",
    "/story/",
    "/story//",
    "/story%00",
    "/story%20",
    "/story.page",
    "/story.page.gz",
    "/.page",
    "/none",
    "/%73tory",
    "/story;x",
    "/story%3fx",
    "/story?",
    "/story?x=1",
    "/?after=zzz",
    "/@Olivia",
    "/STORY",
    "/rss.xml/",
    "/story%ff",
]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> FrontSite:
    """A site with three posts, that is not started."""
    site = FrontSite(tmp_path_factory.mktemp("front") / "data")
    site.seed()
    return site


@pytest.fixture(scope="module")
def stack(seeded: FrontSite) -> Iterator[FrontSite]:
    """A site that no test stops."""
    with fronts.running(seeded.copy("shared"), BROADSHEET_PROCESSES="2") as site:
        yield site


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_is_asked_for_often_becomes_a_file_with_the_same_answer(
    stack: FrontSite, path: str
) -> None:
    file = stack.warm(path)
    for accepted in ("identity", "gzip"):
        ours = stack.directly(path, accept_encoding=accepted)
        theirs = stack.get(path, accept_encoding=accepted)
        assert theirs.is_file
        assert theirs.body == ours.body, "byte for byte, also compressed"
        for answer in (ours, theirs):
            for name in SERVERS_OWN:
                answer.headers.pop(name, None)
        assert theirs.headers == ours.headers
    assert file.status == 200


def test_it_is_revalidated_and_headed_as_usual(stack: FrontSite) -> None:
    file = stack.warm("/story")
    zipped = stack.get("/story", accept_encoding="gzip, br")
    assert zipped.text == file.body
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.headers["etag"] != file.headers["etag"], "one for each coding"
    same = stack.get("/story", if_none_match=file.headers["etag"])
    assert (same.status, same.body) == (304, b"")
    assert same.headers["cache-control"] == file.headers["cache-control"]
    assert same.headers["vary"] == "Accept-Encoding"
    assert stack.get("/story", if_none_match='"another"').status == 200
    head = fronts.ask(stack.port, "/story", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(file.body))
    assert stack.get("/story", range="bytes=0-1").status == 200, "as the application does"


def test_who_is_logged_in_gets_the_same_file(stack: FrontSite) -> None:
    file = stack.warm("/story")
    assert stack.get("/story", cookie="sessionid=x; a=b").body == file.body
    assert stack.get("/story", authorization="Bearer x").body == file.body


@pytest.mark.parametrize("path", HOSTILE)
def test_any_other_spelling_is_answered_by_the_application(stack: FrontSite, path: str) -> None:
    stack.warm("/story")
    stack.warm("/")
    theirs = stack.get(path)
    assert not theirs.is_file
    if theirs.headers.get("server", "").startswith("nginx") and theirs.status == 400:
        return  # nginx itself knows better
    ours = stack.directly(path)
    assert (theirs.status, theirs.body) == (ours.status, ours.body)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_answered_by_the_application(stack: FrontSite, method: str) -> None:
    stack.warm("/story")
    body = "" if method == "OPTIONS" else "a=b"
    theirs = fronts.ask(stack.port, "/story", method, body, content_type="text/plain")
    ours = stack.directly("/story", method, body=body, content_type="text/plain")
    assert theirs.status == ours.status
    assert theirs.headers.get("allow") == ours.headers.get("allow")


def test_another_host_gets_no_file(stack: FrontSite) -> None:
    stack.warm("/story")
    assert fronts.ask(stack.port, "/story", host="evil.example").status == 400
    assert not fronts.ask(stack.port, "/story", host=f"localhost:{stack.port}").is_file


def test_an_acknowledged_change_is_seen_by_whoever_asks_next(stack: FrontSite) -> None:
    """Readers ask all the while, so that files are written at the worst moments."""
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            for path in ("/story", "/", "/rss.xml"):
                stack.get(path)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    files = 0
    try:
        for n in range(40):
            title = f"Edit {n:02}!"  # all of the same length, as are the files
            assert stack.edit(title=title).status == 200
            for path in ("/story", "/", "/rss.xml"):
                answers = [stack.get(path), stack.get(path, accept_encoding="gzip")]
                stale = [answer for answer in answers if title.encode() not in answer.text]
                assert stale == [], f"{path} is stale"
                files += sum(answer.is_file for answer in answers)
            if n % 4 == 0:
                files += stack.warm("/story").is_file
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert files > 0, "there were files to be wrong"


def test_an_etag_of_before_a_change_is_not_taken_after_it(stack: FrontSite) -> None:
    stack.edit(title="Before")
    before = stack.warm("/story").headers["etag"]
    stack.edit(title="Behind")
    after = stack.warm("/story")
    assert after.headers["etag"] != before
    assert after.headers["content-length"] == after.headers["content-length"]
    assert stack.get("/story", if_none_match=before).status == 200


def test_a_command_leaves_nothing_old_behind(stack: FrontSite) -> None:
    stack.warm("/story")
    stack.shell("from broadsheet.posts.models import Post; Post.objects.update(title='Bulk')")
    assert b"Bulk" in stack.get("/story").body


def test_what_is_unpublished_is_gone(stack: FrontSite) -> None:
    stack.warm("/tag/tests")
    stack.warm("/story")
    post = f"/api/v1/posts/{stack.post}"
    output = {"authorization": f"Bearer {stack.token}", "if_match": "*"}
    assert fronts.ask(stack.port, f"{post}/unpublish", "POST", **output).status == 200
    assert stack.get("/story").status == 404
    assert fronts.ask(stack.port, f"{post}/publish", "POST", **output).status == 200
    assert stack.get("/story").status == 200


def test_what_another_program_writes_is_noticed_soon_though_nobody_asks(stack: FrontSite) -> None:
    stack.warm("/story")
    with sqlite3.connect(stack.data / "broadsheet.sqlite3", timeout=20) as connection:
        connection.execute("UPDATE posts_post SET title = 'By hand' WHERE slug = 'story'")
    connection.close()
    page = next((stack.data / "front" / "pages").rglob("story.page"), None)
    if page is not None:
        wait_for(lambda: not page.exists(), "the file to go")
    assert b"By hand" in stack.get("/story").body


def test_it_can_be_read_while_the_application_is_down_and_a_start_brings_it_in_order(
    seeded: FrontSite,
) -> None:
    with fronts.running(seeded.copy("stopped")) as site:
        for path in ("/story", "/", "/beside-it"):
            site.warm(path)
        site.stop()
        assert site.get("/story").status == 200
        assert site.get("/archive").status == 502
        with sqlite3.connect(site.data / "broadsheet.sqlite3") as connection:
            connection.execute("UPDATE posts_post SET title = 'Meanwhile' WHERE slug = 'story'")
        connection.close()
        stray = next((site.data / "front" / "pages").rglob("story.page")).with_name("stray.page")
        stray.write_text("left by a crash")
        site.start()
        assert not stray.exists()
        assert b"Meanwhile" in site.get("/story").body
        site.warm("/story")
        site.stop()
        site.more["BROADSHEET_FRONT_FILES"] = "no"
        site.start()
        assert not site.get("/story").is_file, "without the setting they go"


def test_no_acknowledged_change_is_lost_to_a_kill(seeded: FrontSite) -> None:
    """What nginx serves while all is dead was never older than what was acknowledged."""
    with fronts.running(seeded.copy("killed"), BROADSHEET_PROCESSES="2") as site:
        for turn in range(6):
            site.warm("/story")
            acknowledged: list[int] = []

            def write(start: int, done: list[int]) -> None:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    for n in range(start, start + 1000):
                        if site.edit(title=f"Edit {n:05}").status != 200:
                            return
                        done.append(n)
                        site.get("/story")

            writer = threading.Thread(target=write, args=[turn * 1000, acknowledged])
            writer.start()
            wait_for(lambda done=acknowledged: done, "a change to be acknowledged")
            time.sleep(turn * 0.137)
            site.kill()
            writer.join()
            left = site.get("/story")
            if left.status == 200:
                shown = int(left.body.split(b"Edit ")[1][:5])
                assert shown >= acknowledged[-1], "of before a change that was acknowledged"
            site.start()
            shown = int(site.get("/story").body.split(b"Edit ")[1][:5])
            assert shown >= acknowledged[-1]
