"""`python -m bench imports`: importing an archive, compared with only rendering its texts.

CPU seconds of the import command and its children on an empty site. The baseline is
`markup.render` of the same texts in one process, including its start.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench import report, servers
from bench.seed import words

HEAD = ("what", "CPU time, s", "rendering / this")
POSTS, LENGTH = 1_000, 6_000  # length in characters
_OWNER = (
    "from broadsheet.accounts.models import User; "
    "User.objects.create_superuser('owner', 'owner@example.org', 'bench')"
)
_RENDER = (
    "import pathlib, sys; from broadsheet import markup; "
    "[markup.render(f.read_text()) for f in pathlib.Path(sys.argv[1]).iterdir()]"
)


def measure(*, rounds: int) -> None:
    """Measure and record the table."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "archive")
        _write(archive)
        pairs = [(_time_rendering(archive), _time_import(archive)) for _ in range(rounds)]
    rendered, imported = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(rendering / whole_import for rendering, whole_import in pairs)
    title = f"{POSTS:,} posts of 6 KB: medians of {rounds}"
    rows = [["rendering alone", f"{rendered:.2f}", "1"]]
    rows.append(["the import", f"{imported:.2f}", f"{ratio:.2f}"])
    report.record("imports", title, HEAD, rows)


def _write(archive: Path) -> None:
    """Write reproducible texts with emphasis, links, code, headings, lists and prices."""
    rng = random.Random(1)
    inline = [*words.COMMON, "*often*", "`value`", "[link](https://example.org/)", "$5"]
    archive.mkdir()
    for number in range(POSTS):
        text = f"---\ntitle: Post {number}\ndate: 2024-05-06\ntags: [a{number % 30}]\n---\n"
        while len(text) < LENGTH:
            text += f"\n{' '.join(rng.choices(inline, k=60))}\n"
            text += rng.choice(("", "", "\n## Heading\n\n- one\n- two\n", "\n```py\nx = 1\n```\n"))
        (archive / f"post-{number}.md").write_text(text)


def _time_rendering(archive: Path) -> float:
    return _spent([sys.executable, "-c", _RENDER, str(archive)], {})


def _time_import(archive: Path) -> float:
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        env = servers.broadsheet_env(Path(folder))
        command = [sys.executable, "-m", "broadsheet"]
        _spent([*command, "migrate"], env)
        _spent([*command, "shell", "-c", _OWNER], env)
        return _spent([*command, "import", "markdown", str(archive)], env)


def _spent(command: list[str], env: dict[str, str]) -> float:
    """Run a command; return the CPU seconds of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.DEVNULL
    subprocess.run(command, env=os.environ | env, cwd=servers.ROOT, check=True, stdout=output)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
