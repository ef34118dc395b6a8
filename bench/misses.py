"""Misses: uncached pages, compared with the tutorial app with the same rows."""

import json

from bench import data, pages, report, servers
from bench.load import Request, compare

POSTS, MEDIAN = 1_000, 2_500
HEAD = ("page", "bytes", "requests/s", "the tutorials': bytes", "requests/s", "ratio")


def measure(*, rounds: int, seconds: int, only: str) -> None:
    """Measure the pages with `only` in their name, and record the table of all.

    Broadsheet's page cache is disabled (BROADSHEET_PAGE_CACHE_MB=0). The tutorial's lists show all
    posts, so they are also measured with a database of only the twenty newest.
    """
    folder = data.broadsheet(POSTS, median=MEDIAN)
    token = {"Authorization": f"Bearer {data.credential(folder, 'bench-token')}"}
    every, twenty = data.tutorial(folder), data.tutorial(folder, most=20)
    threads = data.threads()
    with (
        servers.broadsheet(folder, BROADSHEET_PAGE_CACHE_MB="0") as ours,
        servers.tutorial(every, threads=threads) as all_,
        servers.tutorial(twenty, threads=threads) as few,
    ):
        post = f"{few}/myapp/posts/1/"
        api, theirs_api = f"{ours}/api/v1/posts", f"{few}/myapp/api/posts/"
        api_post = f"{api}/{json.loads(pages.fetch(api).body)['results'][0]['id']}"
        pairs = {
            "post": (Request(ours + data.newest(folder)), post),
            "home, against their list of 20 titles": (
                Request(f"{ours}/"), f"{few}/myapp/posts/"
            ),
            "home, against their list of all": (Request(f"{ours}/"), f"{all_}/myapp/posts/"),
            "API list of 20": (Request(api), theirs_api),
            "API list of 20, with a token": (Request(api, token), theirs_api),
            "API list of 20, against their list of all": (
                Request(api), f"{all_}/myapp/api/posts/"
            ),
            "API post, against their list of 20": (Request(api_post), theirs_api),
            "API post, with a token, against their list of 20": (
                Request(api_post, token), theirs_api
            ),
            "feed of 20": (Request(f"{ours}/rss.xml"), f"{few}/myapp/feed/"),
        }  # fmt: skip
        rows, figures = [], {}
        for name, (mine, theirs) in pairs.items():
            if only not in name:
                continue
            rates = compare(
                {"ours": mine, "theirs": Request(theirs)}, rounds=rounds, seconds=seconds
            )
            a, b = rates["ours"].per_second, rates["theirs"].per_second
            figures[name] = {"ours": a, "theirs": b}
            mine_, theirs_ = (
                len(pages.fetch(mine.url, mine.headers).body),
                len(pages.fetch(theirs).body),
            )
            rows.append(
                [name, f"{mine_:,}", f"{a:,.1f}", f"{theirs_:,}", f"{b:,.1f}", f"{a / b:.2f}"]
            )
    title = f"Nothing cached, {POSTS:,} posts, {threads} threads, same server, one core"
    if only:
        report.show(title, HEAD, rows)
    else:
        report.record("misses", title, HEAD, rows, figures)
