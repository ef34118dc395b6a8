"""Requests a second, as ratios to nginx serving the same bytes in the same run.

Server and client each have one core. `python -m bench [SECONDS] [POSTS]`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from bench import servers
from bench.load import Rate, rate

PAGES = {
    "home": "/",
    "post": "/edition-7",
    "feed": "/rss.xml",
    "API list": "/api/v1/posts",
}
TUTORIAL_PAGES = {"list": "/myapp/posts/", "API list": "/myapp/api/posts/"}


def main() -> None:
    """Measure, and print a table in Markdown."""
    for program in ("nginx", "wrk", "taskset"):
        if shutil.which(program) is None:
            sys.exit(
                f"bench: needs {program}. On Debian: apt-get install nginx-light wrk util-linux"
            )
    if (os.cpu_count() or 1) < 2:
        sys.exit("bench: needs two cores, one for the server and one for the client")
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    posts = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as name:
        folder = Path(name)
        print(f"{posts} posts, {seconds} s each\n")
        print("| page | bytes | answers/s | p99 ms | nginx, same bytes | ratio |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        _measure_broadsheet(folder, seconds=seconds, posts=posts)
        _measure_tutorial(folder, seconds=seconds, posts=posts)


def _measure_broadsheet(folder: Path, *, seconds: int, posts: int) -> None:
    data = folder / "broadsheet"
    data.mkdir()
    _seed("broadsheet", posts, {"BROADSHEET_DATA": str(data), "BROADSHEET_ENV": os.devnull})
    with servers.broadsheet(data) as base:
        bodies = {name: _fetch(base + path) for name, path in PAGES.items()}
        rates = {name: rate(base + path, seconds=seconds) for name, path in PAGES.items()}
    _report("Broadsheet", bodies, rates, folder=folder, seconds=seconds)


def _measure_tutorial(folder: Path, *, seconds: int, posts: int) -> None:
    data = folder / "tutorial"
    data.mkdir()
    env = {"TUTORIAL_DATA": str(data), "DJANGO_SETTINGS_MODULE": "myproject.settings"}
    _seed("tutorial", posts, {**env, "PYTHONPATH": f"{servers.ROOT}:{servers.TUTORIAL}"})
    with servers.tutorial(data) as base:
        bodies = {name: _fetch(base + path) for name, path in TUTORIAL_PAGES.items()}
        rates = {name: rate(base + path, seconds=seconds) for name, path in TUTORIAL_PAGES.items()}
    _report("Tutorials' app", bodies, rates, folder=folder, seconds=seconds)


def _seed(what: str, posts: int, env: dict[str, str]) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "broadsheet.settings"}
    subprocess.run(
        [sys.executable, "-m", "bench.seed", what, str(posts)],
        check=True,
        cwd=servers.ROOT,
        env={**os.environ, **settings, **env},
    )


def _fetch(url: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(url) as answer:
        return answer.headers["Content-Type"], answer.read()


def _report(
    who: str,
    bodies: dict[str, tuple[str, bytes]],
    rates: dict[str, Rate],
    *,
    folder: Path,
    seconds: int,
) -> None:
    files = {f"page-{n}": body for n, body in enumerate(bodies.values())}
    static = folder / who.replace(" ", "-").replace("'", "")
    static.mkdir()
    with servers.nginx(static, files) as base:
        for file, (name, (_type, body)) in zip(files, bodies.items(), strict=True):
            yardstick = rate(f"{base}/{file}", seconds=seconds)
            ours = rates[name]
            print(
                f"| {who}: {name} | {len(body):,} | {ours.per_second:,.0f} | {ours.p99_ms:.1f} |"
                f" {yardstick.per_second:,.0f} | {ours.per_second / yardstick.per_second:.4f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
