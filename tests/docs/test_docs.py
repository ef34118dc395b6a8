"""What the documents say can be found."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.dispatch import Signal

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
OUTSIDE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "tests" / "README.md"]
DOCUMENTS = [*OUTSIDE, *PAGES]
SIGNALS = sorted((ROOT / "broadsheet").glob("*/signals.py"))
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
#: What stands between backticks and looks like a path of this repository.
PATH = re.compile(r"`((?:broadsheet|tests|docs|bench|requirements|bin|\.ci)/[\w./*-]*)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_and_link_leads_somewhere(document: Path) -> None:
    text = document.read_text()
    missing = [p for p in PATH.findall(text) if not list(ROOT.glob(p.rstrip("/")))]
    links = re.findall(r"\]\((?!https?:|#|/|mailto:)([^)#\s]+)[^)]*\)", CODE.sub("", text))
    missing += [link for link in links if not (document.parent / link).exists()]
    assert missing == []


def anchors(document: Path) -> set[str]:
    """Return what can be named behind `#`, as GitHub makes it from headings."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_heading_that_is_there(document: Path) -> None:
    links = re.findall(r"\]\(([\w./-]*\.md)?#([^)\s]+)\)", CODE.sub("", document.read_text()))
    places = [(document.parent / path if path else document, name) for path, name in links]
    assert [name for place, name in places if name not in anchors(place)] == []


def test_the_readme_links_every_page_of_the_docs() -> None:
    text = (ROOT / "README.md").read_text()
    assert [page.name for page in PAGES if f"(docs/{page.name})" not in text] == []


def test_every_signal_is_documented() -> None:
    text = (ROOT / "docs" / "signals.md").read_text()
    rooms = [import_module(f"broadsheet.{p.parent.name}.signals") for p in SIGNALS]
    names = {name for room in rooms for name, s in vars(room).items() if isinstance(s, Signal)}
    assert len(names) > 6
    assert {name for name in names if f"`{name}`" not in text} == set()
