"""Contrast and legible colours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.lib.colours import DARK_PAPER, PAPER, READABLE, contrast, legible

colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(colours)
def test_every_colour_becomes_legible_on_both_papers(colour: str) -> None:
    for paper in (PAPER, DARK_PAPER):
        assert contrast(legible(colour, paper), paper) >= READABLE


def test_a_legible_colour_is_unchanged() -> None:
    assert legible("#8c2f1b", PAPER) == "#8c2f1b"
