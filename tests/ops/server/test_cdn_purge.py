"""The CDN in front is told what has changed, each change at least once."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.ops.models import CdnPurgePosition
from broadsheet.ops.server.cdn_purge import (
    MAX_BACKOFF,
    MAX_TAGS,
    MAX_TAGS_PER_REQUEST,
    POLL_INTERVAL,
    CdnPurger,
)
from broadsheet.pagecache.cdn import MAX_TAGS_LENGTH, OVERFLOW_TAG, TTL_SECONDS
from broadsheet.pagecache.models import Change
from broadsheet.pagecache.tags import EVERYTHING
from broadsheet.publication.models import Site
from tests.ops.processes import PATIENCE, environment, set_up, wait_for
from tests.pagecache.visitors import FRESH, Behind, Visitor


class Edge:
    """A CDN's interface for purging, which may fail."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.failures: list[int] = []
        edge = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = edge.failures.pop(0) if edge.failures else 200
                if status == 200:
                    output = json.loads(body) if body else None
                    edge.asked.append((self.path, dict(self.headers), output))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/purge"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def tags(self) -> list[str]:
        """Return the tags that were purged since the last time, but for what is always."""
        asked, self.asked = self.asked, []
        return [
            tag for _path, _headers, body in asked for tag in body["tags"] if tag != OVERFLOW_TAG
        ]


@pytest.fixture
def edge(settings: Settings) -> Iterator[Edge]:
    edge = Edge()
    settings.CDN_TAGS, settings.CDN_PURGE_URL = "Cache-Tag", edge.url
    settings.CDN_PURGE_FORM, settings.CDN_PURGE_TOKEN = "json", "t0ken"
    yield edge
    edge.close()


@pytest.fixture
def follower(edge: Edge, site: Site) -> CdnPurger:
    """One that has told everything so far."""
    follower = CdnPurger()
    assert follower.poll() == POLL_INTERVAL
    edge.asked.clear()
    return follower


def invalidate(*tags: str) -> None:
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        for tag in tags:
            epoch = "0" if is_sqlite else "pg_current_xact_id()::text::bigint"
            cursor.execute(
                f"INSERT INTO pagecache_change (stamp, epoch) VALUES (%s, {epoch})", [tag]
            )


def test_at_first_everything_is_purged(edge: Edge, site: Site) -> None:
    CdnPurger().poll()
    [(path, headers, body)] = edge.asked
    assert (path, body) == ("/purge", {"purge_everything": True})
    assert headers["Authorization"] == "Bearer t0ken"
    assert headers["Content-Type"] == "application/json"


def test_then_what_changes_is_purged_once(follower: CdnPurger, edge: Edge, author: User) -> None:
    follower.poll()
    edge.asked.clear()
    for name in ("Ada", "Ada L."):
        User.objects.filter(pk=author.pk).update(display_name=name)
    follower.poll()
    assert sorted(edge.tags()) == ["names", f"user:{author.pk.hex}"]
    follower.poll()
    assert edge.asked == []


def test_a_change_that_is_taken_back_is_not_told(follower: CdnPurger, edge: Edge) -> None:
    with transaction.atomic():
        invalidate("post:1")
        transaction.set_rollback(True)
    follower.poll()
    assert edge.asked == []


def test_what_could_not_be_told_is_told_later_with_what_came_since(
    follower: CdnPurger, edge: Edge
) -> None:
    edge.failures = [500, 429, 302]
    pauses = []
    for number in range(4):
        invalidate(f"post:{number}", "posts")
        pauses.append(follower.poll())
    assert edge.tags() == ["post:0", "post:1", "post:2", "post:3", "posts"]
    assert pauses == [POLL_INTERVAL * 2, POLL_INTERVAL * 4, POLL_INTERVAL * 8, POLL_INTERVAL]


def test_a_cdn_that_does_not_answer_is_asked_again_and_again_but_seldom(
    follower: CdnPurger, edge: Edge
) -> None:
    edge.close()
    invalidate("post:1")
    assert [follower.poll() for _ in range(12)][-3:] == [MAX_BACKOFF] * 3


def test_another_process_goes_on_where_the_last_one_ended(follower: CdnPurger, edge: Edge) -> None:
    invalidate("post:1")
    edge.failures = [503]
    follower.poll()
    CdnPurger().poll()
    assert "post:1" in edge.tags()


def test_the_position_stays_when_only_some_was_told(follower: CdnPurger, edge: Edge) -> None:
    tags = [f"post:{number:03}" for number in range(MAX_TAGS_PER_REQUEST * 2)]
    invalidate(*tags)
    before = CdnPurgePosition.objects.get().position
    edge.failures = [200, 500]
    follower.poll()
    assert edge.tags() == tags[: MAX_TAGS_PER_REQUEST - 1]
    assert CdnPurgePosition.objects.get().position == before
    follower.poll()
    assert edge.tags() == tags


def test_tags_come_in_portions_and_too_many_are_everything(follower: CdnPurger, edge: Edge) -> None:
    invalidate(*(f"post:{number}" for number in range(MAX_TAGS_PER_REQUEST + 1)))
    follower.poll()
    assert [len(body["tags"]) for _path, _headers, body in edge.asked] == [MAX_TAGS_PER_REQUEST, 2]
    edge.asked.clear()
    invalidate(*(f"post:{number}" for number in range(MAX_TAGS + 1)))
    follower.poll()
    assert [body for _path, _headers, body in edge.asked] == [{"purge_everything": True}]


def test_everything_is_purged_with_everything(follower: CdnPurger, edge: Edge) -> None:
    invalidate("post:1", EVERYTHING, "post:2")
    follower.poll()
    assert [body for _path, _headers, body in edge.asked] == [{"purge_everything": True}]


def test_who_missed_what_was_deleted_from_the_log_purges_everything(
    follower: CdnPurger, edge: Edge
) -> None:
    invalidate(*(f"post:{number}" for number in range(20)))
    Change.objects.exclude(stamp="post:19").delete()
    if connection.vendor == "postgresql":  # where the test is one transaction
        CdnPurgePosition.objects.update(position=1)
    follower.poll()
    assert [body for _path, _headers, body in edge.asked] == [{"purge_everything": True}]
    edge.asked.clear()
    invalidate("post:99")
    follower.poll()
    assert "post:99" in edge.tags()


def test_headers_as_fastly_takes_them(follower: CdnPurger, edge: Edge, settings: Settings) -> None:
    settings.CDN_PURGE_FORM = "header"
    invalidate("post:2", "post:1")
    follower.poll()
    [(path, headers, body)] = edge.asked
    assert (path, body) == ("/purge", None)
    assert headers["Surrogate-Key"] == f"{OVERFLOW_TAG} post:1 post:2"
    assert headers["Fastly-Key"] == "t0ken"
    assert "Authorization" not in headers
    invalidate(EVERYTHING)
    follower.poll()
    assert edge.asked[1][0] == "/purge_all"


@pytest.mark.parametrize(
    ("tags", "control"),
    [("Surrogate-Key", "surrogate-control"), ("Cache-Tag", "cdn-cache-control")],
)
def test_a_cdn_keeps_pages_only_where_it_is_told_of_changes(
    settings: Settings, tags: str, control: str
) -> None:
    settings.CDN_TAGS = tags
    for url in ("", "http://edge/purge"):
        settings.CDN_PURGE_URL = url
        visitor = Visitor(Behind())
        for _ in range(2):
            reply = visitor.get()
            assert reply.headers.get(control, "") == (f"max-age={TTL_SECONDS}" if url else "")
            assert reply.headers["cache-control"] == FRESH, "browsers ask each time"
        unchanged = visitor.get(HTTP_IF_NONE_MATCH=reply.headers["etag"])
        assert unchanged.headers.get(control) == reply.headers.get(control)


def test_what_differs_for_those_who_are_known_stays_in_no_cdn(settings: Settings) -> None:
    settings.CDN_TAGS, settings.CDN_PURGE_URL = "Cache-Tag", "http://edge/purge"
    behind = Behind()
    behind.headers.append(("Vary", "Cookie"))
    assert "cdn-cache-control" not in Visitor(behind).get().headers


def test_a_page_made_from_too_much_to_name_is_purged_with_every_change(
    follower: CdnPurger, edge: Edge
) -> None:
    behind = Behind(tags=" ".join(f"post:{number:032x}" for number in range(300)))
    reply = Visitor(behind).get()
    assert reply.headers["cache-tag"] == OVERFLOW_TAG
    behind.tags = " ".join(f"post:{number:032x}" for number in range(180))
    assert OVERFLOW_TAG not in (tags := Visitor(behind).get().headers["cache-tag"])
    assert len(tags) <= MAX_TAGS_LENGTH
    invalidate("post:1")
    follower.poll()
    assert OVERFLOW_TAG in edge.asked[0][2]["tags"]


@pytest.mark.parametrize(("form", "tags"), [("json", "Cache-Tag"), ("header", "Surrogate-Key")])
def test_pages_name_their_tags_where_changes_are_told(tmp_path: Path, form: str, tags: str) -> None:
    output = subprocess.run(
        [sys.executable, "-c", "from broadsheet import settings; print(settings.CDN_TAGS)"],
        env=environment(
            tmp_path / "data",
            BROADSHEET_CDN_PURGE_URL="http://edge/purge",
            BROADSHEET_CDN_PURGE_FORM=form,
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert output.stdout.strip() == tags


@pytest.mark.slow
def test_the_worker_tells_while_it_does_its_other_work(edge: Edge, tmp_path: Path) -> None:
    data = tmp_path / "data"
    set_up(data)
    here = environment(data, BROADSHEET_CDN_PURGE_URL=edge.url)
    edge.failures = [500]
    worker = subprocess.Popen([sys.executable, "-m", "broadsheet", "worker"], env=here)
    try:
        wait_for(lambda: edge.asked, "the first purge")
        assert edge.asked[0][2] == {"purge_everything": True}
        code = (
            "import django; django.setup(); from broadsheet.publication.models import Site;"
            "Site.objects.create(id=1, name='Here')"
        )
        env = here | {"DJANGO_SETTINGS_MODULE": "broadsheet.settings"}
        subprocess.run([sys.executable, "-c", code], env=env, check=True)
        wait_for(lambda: len(edge.asked) > 1, "the next")
        assert edge.asked[1][2] == {"tags": [OVERFLOW_TAG, "site"]}
    finally:
        worker.terminate()
        assert worker.wait(PATIENCE) == 0
