"""Publishing through the API, durably, against the tutorials' plain POST of a row."""

import http.client
import json
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench import data, report, servers

POSTS, MEDIAN = 1_000, 800
HEAD = ("what", "answers/s", "ms each (median)", "of the tutorials' POST")
_LINE = "A line of *text* with a [link](https://example.org). "
TEXT = f"## What was said\n\n{_LINE * 12}"


class Client:
    """One kept connection."""

    def __init__(self, base: str, **headers: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
        self._headers = {"Content-Type": "application/json", **headers}

    def post(self, path: str, content: object) -> dict[str, str]:
        """Send JSON and return the answer's. Raises RuntimeError for an error."""
        self._connection.request("POST", path, json.dumps(content), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        found: dict[str, str] = json.loads(body)
        return found


def measure(*, count: int) -> None:
    """Measure, print a table and keep the figures.

    SQLite with synchronous=FULL on both sides, each default: an answer is on the disk.
    """
    source = data.broadsheet(POSTS, median=MEDIAN)
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-", dir=source.parent) as name:
        folder = Path(name) / "data"  # a copy, since it is written to
        shutil.copytree(source, folder)
        theirs = data.tutorial(folder)
        with (
            servers.broadsheet(folder) as ours,
            servers.tutorial(theirs, threads=data.threads()) as tutorial,
        ):
            times = _times(ours, tutorial, data.credential(folder, "bench-token"), count)
    plain = median(times["the tutorials' POST"])
    rows = [
        [name, f"{1 / median(some):,.0f}", f"{median(some) * 1000:.2f}",
         f"{plain / median(some):.2f}"]
        for name, some in times.items()
    ]  # fmt: skip
    report.show("publish", f"Writing over one connection, {count} times, in turn", HEAD, rows)
    report.keep("publish", {name: median(some) for name, some in times.items()})


def _times(ours: str, tutorial: str, token: str, count: int) -> dict[str, list[float]]:
    """Return the seconds each kind of request took."""
    us, them = Client(ours, Authorization=f"Bearer {token}"), Client(tutorial)
    names = ("the tutorials' POST", "Broadsheet: publish", "Broadsheet: begin a post")
    times: dict[str, list[float]] = {name: [] for name in names}

    def timed(kind: str, client: Client, path: str, content: object) -> dict[str, str]:
        began = time.perf_counter()
        answer = client.post(path, content)
        times[kind].append(time.perf_counter() - began)
        return answer

    for n in range(count):
        title = f"Late edition {n}"
        row = {"title": title, "content": TEXT, "pub_date": "2026-01-01T00:00:00Z"}
        timed(names[0], them, "/myapp/api/posts/", row)
        draft = {"title": title, "content": TEXT, "tags": ["News"]}
        new = timed(names[2], us, "/api/v1/posts", draft)
        timed(names[1], us, f"/api/v1/posts/{new['id']}/publish", {})
    both = zip(times[names[1]], times[names[2]], strict=True)
    return {**times, "Broadsheet: both": [a + b for a, b in both]}
