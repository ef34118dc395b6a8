"""The same site under three servers: their responses are equal, byte for byte."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest

from broadsheet.pagecache.stats import read_all_stats
from tests.guarantees.staleness.processes_http import Headers, Reply
from tests.ops.processes import Server, free_port, run, set_up

pytestmark = pytest.mark.slow
SERVERS = {
    "granian": ("broadsheet", "serve"),
    "uvicorn": ("uvicorn", "broadsheet.asgi:application", "--port", "{port}"),
    "gunicorn": ("gunicorn", "broadsheet.wsgi", "--threads", "8", "--bind", "127.0.0.1:{port}"),
}
HOST = "localhost:8000"
#: Headers that differ between servers, and one with a random length (against BREACH).
IGNORED_HEADERS = frozenset(
    {"x-noise", "date", "server", "connection", "keep-alive", "transfer-encoding"}
)
INVALIDATE_ALL = "INSERT INTO pagecache_change (stamp, epoch) VALUES ('*', {epoch})"
CONCURRENCY = 16

_FILL = """
import datetime as dt
from django.core.management import call_command
from broadsheet.accounts.models import Role, User
from broadsheet.posts import actions
from broadsheet.publication.actions import edit_site
owner = User.objects.create_user("olivia", "olivia@example.org", role=Role.OWNER)
edit_site(name="Proof")
for n in range(30):
    actions.create(by=owner, title=f"Jam {n}", slug=f"jam-{n}", content="Jam und Brötchen. " * 50,
                   pub_date=dt.datetime(2026, 1, 1 + n, tzinfo=dt.UTC), status="published",
                   tags=["Tea"], series="Kitchen")
call_command("relate", verbosity=0)
"""
PATHS = (
    "/", "/?after=nonsense", "/?utm_source=x", "/jam-1", "/jam-1?x=1", "/archive", "/@olivia",
    "/@OLIVIA", "/tag/tea", "/series/kitchen", "/rss.xml", "/atom.xml", "/feed.json",
    "/sitemap.xml", "/sitemap-pages.xml", "/robots.txt", "/favicon.svg", "/theme.css",
    "/api/v1/posts", "/api/v1/posts?limit=2", "/api/v1/posts?limit=no", "/api/v1/tags",
    "/search?q=jam", "/fragments/reader", "/nothing-here", "/jam-1/", "/t%C3%A4g/%zz",
)  # fmt: skip
#: Paths whose responses get an ETag from Django's middleware, but only to GET.
WITHOUT_ETAG_ON_HEAD = {"/search?q=jam"}
REQUEST_HEADERS: tuple[Headers, ...] = (
    {"Accept-Encoding": "identity"},
    {"Accept-Encoding": "br, gzip"},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "zstd"},
    {"Accept-Encoding": "*;q=0"},
    {"Cookie": "sessionid=nobody; a=b"},
)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of a site on each kind of database."""
    variables = {
        "BROADSHEET_URL": f"http://{HOST}",
        "BROADSHEET_API_PER_MINUTE": "0",
        "BROADSHEET_THREADS": "8",
        "BROADSHEET_WORKER": "no",  # a task that runs meanwhile changes pages
    }
    if request.param == "postgresql":
        new = request.getfixturevalue("new_database")
        variables["DATABASE_URL"] = new()
    return variables


@pytest.fixture
def servers(tmp_path: Path, site: dict[str, str]) -> Iterator[dict[str, Server]]:
    """Three servers on one site."""
    data = tmp_path / "data"
    set_up(data, **site)
    result = run(data, "shell", "--no-imports", "-c", _FILL, **site)
    assert result.returncode == 0, result.stderr
    started: dict[str, Server] = {}
    try:
        for name, command in SERVERS.items():
            port = free_port()
            arguments = [word.replace("{port}", str(port)) for word in command]
            started[name] = Server.start(data, arguments, port, PORT=str(port), **site)
        yield started
    finally:
        for server in started.values():
            server.kill()


def fetch(server: Server, method: str, path: str, headers: Headers) -> Reply:
    """Return the response without the headers that differ between servers."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request(method, path, headers={"Host": HOST, **headers})
        response = connection.getresponse()
        sent = {name.lower(): value for name, value in response.getheaders()}
        compared = {name: value for name, value in sent.items() if name not in IGNORED_HEADERS}
        return Reply(response.status, compared, response.read())


@pytest.mark.prove
def test_all_servers_send_the_same_responses(servers: dict[str, Server]) -> None:
    def compare(method: str, path: str, headers: Headers) -> Reply:
        replies = {n: fetch(server, method, path, headers) for n, server in servers.items()}
        for name, reply in replies.items():
            assert reply == replies["granian"], f"{method} {path} {headers} under {name}"
        return replies["granian"]

    for path in PATHS:
        for headers in REQUEST_HEADERS:
            first = compare("GET", path, headers)
            assert compare("GET", path, headers) == first
            etag = first.headers.get("etag", '"none"')
            conditional = compare("GET", path, {**headers, "If-None-Match": etag})
            if first.status == 200 and "etag" in first.headers:
                assert (conditional.status, conditional.body) == (304, b"")
            head = compare("HEAD", path, headers)
            assert (head.status, head.body) == (first.status, b"")
            if path not in WITHOUT_ETAG_ON_HEAD and first.status == 200:
                assert head.headers == first.headers


@pytest.mark.prove
def test_concurrent_misses_of_a_page_are_rendered_once(
    servers: dict[str, Server], site: dict[str, str]
) -> None:
    for name, server in servers.items():
        invalidate_all(server, site)
        before = misses(server)
        gate = threading.Barrier(CONCURRENCY)

        def read(_number: int, server: Server = server, gate: threading.Barrier = gate) -> bytes:
            gate.wait()
            return fetch(server, "GET", "/jam-2", {}).body

        with ThreadPoolExecutor(CONCURRENCY) as pool:
            bodies = set(pool.map(read, range(CONCURRENCY)))
        assert len(bodies) == 1
        assert misses(server) - before == 1, name


def invalidate_all(server: Server, site: dict[str, str]) -> None:
    """Invalidate everything."""
    if url := site.get("DATABASE_URL"):
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute(INVALIDATE_ALL.format(epoch="pg_current_xact_id()::text::bigint"))
    else:
        file = server.data / "broadsheet.sqlite3"
        with closing(sqlite3.connect(file, timeout=20)) as database, database:
            database.execute(INVALIDATE_ALL.format(epoch=0))


def misses(server: Server) -> int:
    """Return how many pages have been rendered by all processes."""
    stats = read_all_stats(server.data / "run" / "pages")
    return sum(counts["misses"] for _pid, counts in stats)
