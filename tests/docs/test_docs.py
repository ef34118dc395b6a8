"""Tests of paths, links and lists in the documentation."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.dispatch import Signal

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
OTHERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "tests" / "README.md"]
DOCUMENTS = [*OTHERS, *PAGES]
SIGNALS = sorted((ROOT / "broadsheet").glob("*/signals.py"))
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
#: A path of this repository between backticks.
PATH = re.compile(r"`((?:broadsheet|tests|docs|bench|requirements|bin|\.ci)/[\w./*-]*)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_and_link_exists(document: Path) -> None:
    text = document.read_text()
    missing = [p for p in PATH.findall(text) if not list(ROOT.glob(p.rstrip("/")))]
    links = re.findall(r"\]\((?!https?:|#|/|mailto:)([^)#\s]+)[^)]*\)", CODE.sub("", text))
    missing += [link for link in links if not (document.parent / link).exists()]
    assert missing == []


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub generates them."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_heading_exists(document: Path) -> None:
    links = re.findall(r"\]\(([\w./-]*\.md)?#([^)\s]+)\)", CODE.sub("", document.read_text()))
    targets = [(document.parent / path if path else document, name) for path, name in links]
    assert [name for target, name in targets if name not in anchors(target)] == []


def test_the_readme_links_every_page_of_the_docs() -> None:
    text = (ROOT / "README.md").read_text()
    assert [page.name for page in PAGES if f"(docs/{page.name})" not in text] == []


def test_every_signal_is_documented() -> None:
    text = (ROOT / "docs" / "signals.md").read_text()
    modules = [import_module(f"broadsheet.{p.parent.name}.signals") for p in SIGNALS]
    names = {
        name for module in modules for name, s in vars(module).items() if isinstance(s, Signal)
    }
    assert len(names) > 6
    assert {name for name in names if f"`{name}`" not in text} == set()


@pytest.mark.parametrize(
    "heading", ["### From the studio's form to the row", "### From the URL to a post's page"]
)
def test_a_path_through_the_code_has_at_most_15_steps_and_five_main_files(heading: str) -> None:
    section = (ROOT / "docs" / "tour.md").read_text().partition(heading)[2].partition("\n## ")[0]
    section = section.partition("\n### ")[0]
    assert 0 < len(re.findall(r"^\d+\. ", section, re.MULTILINE)) <= 15
    main_files = re.findall(r"\*\*`(.+?)`\*\*", section)
    assert len(main_files) == 5
    assert all((ROOT / file).is_file() for file in main_files)
