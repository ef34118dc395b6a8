"""Hits: cached pages, compared with nginx and with a bare dictionary of pages."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import data, nginx, pages, report, servers
from bench.data import credential
from bench.load import Request, Rate, compare

POSTS, MEDIAN = 1_000, 2_500
BYTES = 25_000  # approximate length of the requested post's page
CODINGS = ("identity", "br")
HEAD = (
    "page, `Accept-Encoding`", "bytes", "nginx, same bytes as a file",
    "dictionary of pages, same server", "of nginx", "**hit**", "of the dictionary", "of nginx",
    "p99, ms", "logged in, of the hit", "304", "of the hit",
)  # fmt: skip


def measure(*, rounds: int, seconds: int, databases: Sequence[str] = ()) -> None:
    """Measure on SQLite and on the PostgreSQL `databases` (URLs), with the same posts."""
    sqlite = data.broadsheet(POSTS, median=MEDIAN)
    _measure("hits", sqlite, sqlite, (rounds, seconds))
    for database in databases:
        folder = data.broadsheet(POSTS, median=MEDIAN, database=database)
        _measure("hits-postgresql", folder, sqlite, (rounds, seconds), DATABASE_URL=database)


def _measure(name: str, folder: Path, sqlite: Path, run: tuple[int, int], **settings: str) -> None:
    """Measure the site in `folder`, and record the table.

    `sqlite` is a site with the same posts on SQLite, from which their paths are read.
    """
    rows: list[list[str]] = []
    figures: dict[str, dict[str, float]] = {}
    with servers.broadsheet(folder, **settings) as base:
        paths = {
            "home": "/",
            "post": data.post_of(sqlite, BYTES),
            "feed": "/rss.xml",
            "API list": "/api/v1/posts",
        }
        cookie = credential(folder, "bench-cookie")
        for coding in CODINGS:
            responses = {
                kind: pages.fetch(base + path, {"Accept-Encoding": coding})
                for kind, path in paths.items()
            }
            for kind, page in responses.items():
                rates = _one(base, paths[kind], page, coding, sqlite, cookie, run)
                figures[f"{kind}, {coding}"] = {of: r.per_second for of, r in rates.items()}
                rows.append([f"{kind}, {coding}", f"{len(page.body):,}", *_columns(rates)])
    title = f"Requests per second, one core, 32 connections: medians of {run[0]} x {run[1]} s"
    report.record(name, title, HEAD, rows, figures)


def _one(
    base: str,
    path: str,
    page: pages.Page,
    coding: str,
    folder: Path,
    cookie: str,
    run: tuple[int, int],
) -> dict[str, Rate]:
    """Measure one page."""
    accept = {"Accept-Encoding": coding}
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as name:
        temporary = Path(name)
        pages.write(temporary / "pages.json", {path: page, "/": page})
        with (
            nginx.files(temporary, {"page": page}) as files,
            servers.dictionary(folder, temporary / "pages.json") as dictionary,
        ):
            rounds, seconds = run
            return compare(
                {
                    "nginx": Request(f"{files}/page", accept),
                    "dictionary": Request(dictionary + path, accept),
                    "hit": Request(base + path, accept),
                    "logged in": Request(base + path, {**accept, "Cookie": cookie}),
                    "304": Request(base + path, {**accept, "If-None-Match": page.header("ETag")}),
                },
                rounds=rounds,
                seconds=seconds,
            )


def _columns(rates: dict[str, Rate]) -> list[str]:
    nginx_, dictionary, hit, logged_in, unchanged = (r.per_second for r in rates.values())
    return [
        f"{nginx_:,.0f}", f"{dictionary:,.0f}", f"{dictionary / nginx_:.3f}",
        f"{hit:,.0f}", f"{hit / dictionary:.3f}", f"{hit / nginx_:.3f}",
        f"{rates['hit'].p99_ms:.2f}", f"{logged_in / hit:.3f}",
        f"{unchanged:,.0f}", f"{unchanged / hit:.2f}",
    ]  # fmt: skip
