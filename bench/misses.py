"""Misses: pages rendered anew each time, against the tutorials' application with the same rows."""

from bench import data, pages, report, servers
from bench.load import Question, compare

POSTS, MEDIAN = 1_000, 2_500
HEAD = ("page", "bytes", "answers/s", "the tutorials': bytes", "answers/s", "ratio")


def measure(*, rounds: int, seconds: int) -> None:
    """Measure, print a table and keep the figures.

    Nothing of ours is kept meanwhile (BROADSHEET_PAGE_CACHE_MB=0). The tutorials' lists show all
    posts there are; so they are measured with the twenty newest alone too.
    """
    folder = data.broadsheet(POSTS, median=MEDIAN)
    whole, twenty = data.tutorial(folder), data.tutorial(folder, most=20)
    threads = data.threads()
    with (
        servers.broadsheet(folder, BROADSHEET_PAGE_CACHE_MB="0") as ours,
        servers.tutorial(whole, threads=threads) as all_,
        servers.tutorial(twenty, threads=threads) as few,
    ):
        post = f"{few}/myapp/posts/1/"
        pairs = {
            "post": (ours + data.newest(folder), post),
            "home, against their list of 20 titles": (f"{ours}/", f"{few}/myapp/posts/"),
            "home, against their list of all": (f"{ours}/", f"{all_}/myapp/posts/"),
            "API list of 20": (f"{ours}/api/v1/posts", f"{few}/myapp/api/posts/"),
            "the same, against their list of all": (
                f"{ours}/api/v1/posts", f"{all_}/myapp/api/posts/"
            ),
            "feed of 20": (f"{ours}/rss.xml", f"{few}/myapp/feed/"),
        }  # fmt: skip
        rows, figures = [], {}
        for name, (mine, theirs) in pairs.items():
            asked = {"ours": Question(mine), "theirs": Question(theirs)}
            rates = compare(asked, rounds=rounds, seconds=seconds)
            a, b = rates["ours"].per_second, rates["theirs"].per_second
            figures[name] = {"ours": a, "theirs": b}
            mine_, theirs_ = (len(pages.fetch(url).body) for url in (mine, theirs))
            rows.append(
                [name, f"{mine_:,}", f"{a:,.1f}", f"{theirs_:,}", f"{b:,.1f}", f"{a / b:.2f}"]
            )
    title = f"Rendered anew each time, {POSTS:,} posts, {threads} threads, same server, one core"
    report.show("misses", title, HEAD, rows)
    report.keep("misses", figures)
