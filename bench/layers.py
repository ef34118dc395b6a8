"""Layers of a cache miss: `python -m bench.layers FOLDER`.

CPU time of each layer alone, in one process without a server: the fastest tenth of many runs.
Together they take longer than their sum, because they displace each other's data from the CPU's
caches.
"""

import io
import itertools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import report
from bench.servers import broadsheet_env

RUNS = 500


def main() -> None:
    """Measure and record the table."""
    os.environ.update(broadsheet_env(Path(sys.argv[1])))
    from django.core.wsgi import get_wsgi_application
    from django.template.loader import get_template
    from django.test import RequestFactory

    application = get_wsgi_application()
    from broadsheet.lib.keyset import NEWEST
    from broadsheet.posts import queries
    from broadsheet.posts.models import Post
    from broadsheet.public import post_navigation, pagination
    from broadsheet.public.views.lists import Home
    from broadsheet.public.views.post_detail import PostPage
    from broadsheet.publication.queries import SiteConfig

    slugs = list(Post.objects.published().newest_first().values_list("slug", flat=True)[:900])
    turn = itertools.cycle(slugs)
    details = itertools.cycle([post for post in map(queries.readable, slugs[:60]) if post])
    home, post = Home(), PostPage()
    home.setup(RequestFactory().get("/"))
    post.setup(RequestFactory().get("/"))
    front, article = home.get_context_data(), post.get_context_data(slug=slugs[0])

    def get(path: str) -> Callable[[], object]:
        return lambda: _get(application, path.format(next(turn)))

    rows: list[tuple[str, Callable[[], object]]] = [
        ("Django's middleware, URL and response (`/robots.txt`)", get("/robots.txt")),
        ("the site's settings", SiteConfig.current),
        ("**a post**", get("/{}")),
        ("its row, authors and tags", lambda: queries.readable(next(turn))),
        ("adjacent and related posts", lambda: post_navigation.post_navigation(next(details))),
        ("its metadata: Open Graph and JSON-LD", lambda: post.meta(article)),
        ("its template", lambda: get_template("public/post.html").render(article, post.request)),
        ("**home of 20**", get("/")),
        ("its rows, authors and tags", home.list_page),
        ("its template", lambda: get_template("public/home.html").render(front, home.request)),
        ("**feed of 20**", get("/rss.xml")),
        ("its rows, without the texts", pagination.newest_of_all),
        ("**API list of 20**", get("/api/v1/posts")),
        ("its rows, authors and tags", lambda: queries.newest(NEWEST, 21)),
    ]
    measured = [(name, f"{_cost(run):,.0f}") for name, run in rows]
    report.record("layers", "CPU time of the layers of a miss", ("layer", "µs"), measured)


def _get(application: Callable[..., Any], path: str) -> bytes:
    """Request `path` as the page cache in front does, which compresses and adds ETags itself."""
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http",
        "broadsheet.pagecache": True,
    }  # fmt: skip
    statuses: list[str] = []
    response = application(environ, lambda status, _headers, _error=None: statuses.append(status))
    body = b"".join(response)
    response.close()
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"{path}: unexpected status {statuses[0]}")
    return body


def _cost(run: Callable[[], object]) -> float:
    """Return the CPU time of one run, in microseconds."""
    for _ in range(30):
        run()
    costs = []
    for _ in range(RUNS):
        begin = time.process_time()
        run()
        costs.append((time.process_time() - begin) * 1e6)
    return sorted(costs)[RUNS // 10]


if __name__ == "__main__":
    main()
