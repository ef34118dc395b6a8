"""What the tests of transfers share: backups made up for them, and a data folder of their own."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

CUID = "cl0000000000008l4abcd1234"
HEAD = """---
title: "{title}"
datePublished: Fri Sep 22 2023 06:31:09 GMT+0000 (Coordinated Universal Time)
cuid: {cuid}
slug: {slug}
{more}
---

{body}
"""

type Backup = Callable[[Mapping[str, str | bytes]], Path]


def post(
    n: int = 0, *, title: str = "A title", slug: str = "", body: str = "Text.", more: str = ""
) -> tuple[str, str]:
    """Return the name and the text of a post as Hashnode backs it up."""
    cuid = f"cl0{n:06x}00008l4abcd12345"[:25]
    return f"{cuid}.md", HEAD.format(
        title=title, cuid=cuid, slug=slug or f"post-{n}", body=body, more=more
    )


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    """The data folder."""
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    return Path(settings.DATA)


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    """Makes a folder with the files it is given."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        folder = tmp_path / "backup"
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return make


def run(*words: str | Path) -> str:
    """Run a command and return what it said."""
    out = io.StringIO()
    call_command(*map(str, words), stdout=out)
    return out.getvalue()


def report(data: Path) -> str:
    """Return the newest report."""
    return max((data / "reports").iterdir(), key=lambda file: file.stat().st_mtime_ns).read_text()
