"""Tests of the speed figures in the documentation: all of them come from one generated file."""

import re
from pathlib import Path

import pytest

from bench import docs, plots, report

NAMES = {path: str(path.relative_to(docs.ROOT)) for path in docs.DOCUMENTS}


@pytest.mark.parametrize("document", docs.DOCUMENTS, ids=NAMES.get)
def test_a_document_quotes_the_generated_figures_exactly(document: Path) -> None:
    text = document.read_text()
    assert docs.insert(text, report.load()) == text


def test_the_documentation_shows_every_measurement() -> None:
    pages = "".join(document.read_text() for document in docs.DOCUMENTS)
    shown = {match["name"] for match in docs.BLOCK.finditer(pages)}
    assert set(report.load()) - shown == set()


def test_the_readme_states_no_other_figures() -> None:
    text = docs.BLOCK.sub("", (docs.ROOT / "README.md").read_text())
    assert re.findall(r"\d,\d{3}|\b[01]\.\d\d\b", text) == []


def test_the_plots_show_the_generated_figures() -> None:
    drawings = plots.drawings(report.load())
    assert [n for n, svg in drawings.items() if (plots.IMAGES / n).read_text() != svg] == []
