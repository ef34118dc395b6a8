"""Changes are purged from the CDN, each at least once."""

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
from broadsheet.pagecache.cdn_headers import MAX_TAGS_LENGTH, OVERFLOW_TAG, TTL_SECONDS
from broadsheet.pagecache.models import Change
from broadsheet.pagecache.tags import EVERYTHING
from broadsheet.publication.models import Site
from tests.ops.processes import PATIENCE, environment, set_up, wait_for
from tests.pagecache.visitors import FRESH, FakeApplication, Visitor


class Edge:
    """A CDN's purge API, which can fail."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.failures: list[int] = []
        edge = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = edge.failures.pop(0) if edge.failures else 200
                if status == 200:
                    payload = json.loads(body) if body else None
                    edge.requests.append((self.path, dict(self.headers), payload))
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
        """Return the tags that were purged since the last call, except the one that always is."""
        requests, self.requests = self.requests, []
        return [
            tag for _path, _headers, body in requests for tag in body["tags"] if tag != OVERFLOW_TAG
        ]


@pytest.fixture
def edge(settings: Settings) -> Iterator[Edge]:
    edge = Edge()
    settings.CDN_TAGS, settings.CDN_PURGE_URL = "Cache-Tag", edge.url
    settings.CDN_PURGE_FORM, settings.CDN_PURGE_TOKEN = "json", "t0ken"
    yield edge
    edge.close()


@pytest.fixture
def purger(edge: Edge, site: Site) -> CdnPurger:
    """A purger that has sent everything so far."""
    purger = CdnPurger()
    assert purger.poll() == POLL_INTERVAL
    edge.requests.clear()
    return purger


def invalidate(*tags: str) -> None:
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        for tag in tags:
            epoch = "0" if is_sqlite else "pg_current_xact_id()::text::bigint"
            cursor.execute(
                f"INSERT INTO pagecache_change (stamp, epoch) VALUES (%s, {epoch})", [tag]
            )


def test_everything_is_purged_at_first(edge: Edge, site: Site) -> None:
    CdnPurger().poll()
    [(path, headers, body)] = edge.requests
    assert (path, body) == ("/purge", {"purge_everything": True})
    assert headers["Authorization"] == "Bearer t0ken"
    assert headers["Content-Type"] == "application/json"


def test_each_change_is_purged_once(purger: CdnPurger, edge: Edge, author: User) -> None:
    purger.poll()
    edge.requests.clear()
    for name in ("Ada", "Ada L."):
        User.objects.filter(pk=author.pk).update(display_name=name)
    purger.poll()
    assert sorted(edge.tags()) == ["names", f"user:{author.pk.hex}"]
    purger.poll()
    assert edge.requests == []


def test_a_change_that_is_rolled_back_is_not_purged(purger: CdnPurger, edge: Edge) -> None:
    with transaction.atomic():
        invalidate("post:1")
        transaction.set_rollback(True)
    purger.poll()
    assert edge.requests == []


def test_failed_purges_are_retried_together_with_later_changes(
    purger: CdnPurger, edge: Edge
) -> None:
    edge.failures = [500, 429, 302]
    pauses = []
    for number in range(4):
        invalidate(f"post:{number}", "posts")
        pauses.append(purger.poll())
    assert edge.tags() == ["post:0", "post:1", "post:2", "post:3", "posts"]
    assert pauses == [POLL_INTERVAL * 2, POLL_INTERVAL * 4, POLL_INTERVAL * 8, POLL_INTERVAL]


def test_an_unreachable_cdn_is_retried_at_the_maximum_interval(
    purger: CdnPurger, edge: Edge
) -> None:
    edge.close()
    invalidate("post:1")
    assert [purger.poll() for _ in range(12)][-3:] == [MAX_BACKOFF] * 3


def test_another_process_continues_where_the_last_one_stopped(
    purger: CdnPurger, edge: Edge
) -> None:
    invalidate("post:1")
    edge.failures = [503]
    purger.poll()
    CdnPurger().poll()
    assert "post:1" in edge.tags()


def test_the_position_is_unchanged_if_only_some_tags_were_purged(
    purger: CdnPurger, edge: Edge
) -> None:
    tags = [f"post:{number:03}" for number in range(MAX_TAGS_PER_REQUEST * 2)]
    invalidate(*tags)
    before = CdnPurgePosition.objects.get().position
    edge.failures = [200, 500]
    purger.poll()
    assert edge.tags() == tags[: MAX_TAGS_PER_REQUEST - 1]
    assert CdnPurgePosition.objects.get().position == before
    purger.poll()
    assert edge.tags() == tags


def test_tags_are_sent_in_batches_and_too_many_purge_everything(
    purger: CdnPurger, edge: Edge
) -> None:
    invalidate(*(f"post:{number}" for number in range(MAX_TAGS_PER_REQUEST + 1)))
    purger.poll()
    assert [len(body["tags"]) for _path, _headers, body in edge.requests] == [
        MAX_TAGS_PER_REQUEST,
        2,
    ]
    edge.requests.clear()
    invalidate(*(f"post:{number}" for number in range(MAX_TAGS + 1)))
    purger.poll()
    assert [body for _path, _headers, body in edge.requests] == [{"purge_everything": True}]


def test_a_change_of_everything_purges_everything(purger: CdnPurger, edge: Edge) -> None:
    invalidate("post:1", EVERYTHING, "post:2")
    purger.poll()
    assert [body for _path, _headers, body in edge.requests] == [{"purge_everything": True}]


def test_everything_is_purged_if_changes_were_already_deleted_from_the_log(
    purger: CdnPurger, edge: Edge
) -> None:
    invalidate(*(f"post:{number}" for number in range(20)))
    Change.objects.exclude(tag="post:19").delete()
    if connection.vendor == "postgresql":  # the test is a single transaction there
        CdnPurgePosition.objects.update(position=1)
    purger.poll()
    assert [body for _path, _headers, body in edge.requests] == [{"purge_everything": True}]
    edge.requests.clear()
    invalidate("post:99")
    purger.poll()
    assert "post:99" in edge.tags()


def test_purge_requests_can_use_fastlys_headers(
    purger: CdnPurger, edge: Edge, settings: Settings
) -> None:
    settings.CDN_PURGE_FORM = "header"
    invalidate("post:2", "post:1")
    purger.poll()
    [(path, headers, body)] = edge.requests
    assert (path, body) == ("/purge", None)
    assert headers["Surrogate-Key"] == f"{OVERFLOW_TAG} post:1 post:2"
    assert headers["Fastly-Key"] == "t0ken"
    assert "Authorization" not in headers
    invalidate(EVERYTHING)
    purger.poll()
    assert edge.requests[1][0] == "/purge_all"


@pytest.mark.parametrize(
    ("tags", "control"),
    [("Surrogate-Key", "surrogate-control"), ("Cache-Tag", "cdn-cache-control")],
)
def test_a_cdn_may_cache_pages_only_if_changes_are_purged(
    settings: Settings, tags: str, control: str
) -> None:
    settings.CDN_TAGS = tags
    for url in ("", "http://edge/purge"):
        settings.CDN_PURGE_URL = url
        visitor = Visitor(FakeApplication())
        for _ in range(2):
            response = visitor.get()
            assert response.headers.get(control, "") == (f"max-age={TTL_SECONDS}" if url else "")
            assert response.headers["cache-control"] == FRESH, "browsers revalidate each time"
        unchanged = visitor.get(HTTP_IF_NONE_MATCH=response.headers["etag"])
        assert unchanged.headers.get(control) == response.headers.get(control)


def test_pages_that_vary_on_cookies_are_not_cached_by_a_cdn(settings: Settings) -> None:
    settings.CDN_TAGS, settings.CDN_PURGE_URL = "Cache-Tag", "http://edge/purge"
    application = FakeApplication()
    application.headers.append(("Vary", "Cookie"))
    assert "cdn-cache-control" not in Visitor(application).get().headers


def test_a_page_with_too_many_tags_is_purged_with_every_change(
    purger: CdnPurger, edge: Edge
) -> None:
    application = FakeApplication(tags=" ".join(f"post:{number:032x}" for number in range(300)))
    response = Visitor(application).get()
    assert response.headers["cache-tag"] == OVERFLOW_TAG
    application.tags = " ".join(f"post:{number:032x}" for number in range(180))
    assert OVERFLOW_TAG not in (tags := Visitor(application).get().headers["cache-tag"])
    assert len(tags) <= MAX_TAGS_LENGTH
    invalidate("post:1")
    purger.poll()
    assert OVERFLOW_TAG in edge.requests[0][2]["tags"]


@pytest.mark.slow
@pytest.mark.parametrize(("form", "tags"), [("json", "Cache-Tag"), ("header", "Surrogate-Key")])
def test_pages_have_tags_if_a_purge_url_is_set(tmp_path: Path, form: str, tags: str) -> None:
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
def test_the_worker_purges_changes_while_it_runs(edge: Edge, tmp_path: Path) -> None:
    data = tmp_path / "data"
    set_up(data)
    here = environment(data, BROADSHEET_CDN_PURGE_URL=edge.url)
    edge.failures = [500]
    worker = subprocess.Popen([sys.executable, "-m", "broadsheet", "worker"], env=here)
    try:
        wait_for(lambda: edge.requests, "the first purge")
        assert edge.requests[0][2] == {"purge_everything": True}
        code = (
            "import django; django.setup(); from broadsheet.publication.models import Site;"
            "Site.objects.create(id=1, name='Here')"
        )
        env = here | {"DJANGO_SETTINGS_MODULE": "broadsheet.settings"}
        subprocess.run([sys.executable, "-c", code], env=env, check=True)
        wait_for(lambda: len(edge.requests) > 1, "the next purge")
        assert edge.requests[1][2] == {"tags": [OVERFLOW_TAG, "site"]}
    finally:
        worker.terminate()
        assert worker.wait(PATIENCE) == 0
