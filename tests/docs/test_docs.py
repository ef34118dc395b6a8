"""What the documents say can be found."""

import re
from pathlib import Path

import pytest
from django.dispatch import Signal

from broadsheet.media import signals as media
from broadsheet.posts import signals as posts

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: What stands between backticks and looks like a path of this repository.
PATH = re.compile(r"`((?:broadsheet|tests|docs|bench|requirements|bin|\.ci)/[\w./*-]*)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_and_link_leads_somewhere(document: Path) -> None:
    text = document.read_text()
    missing = [p for p in PATH.findall(text) if not list(ROOT.glob(p.rstrip("/")))]
    for link in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)", text):
        if not (document.parent / link).exists():
            missing.append(link)
    assert missing == []


def test_every_signal_is_documented() -> None:
    text = (ROOT / "docs" / "signals.md").read_text()
    names = {
        name for room in (posts, media) for name, s in vars(room).items() if isinstance(s, Signal)
    }
    assert {name for name in names if f"`{name}`" not in text} == set()
