"""Plain text, summary and word count of a rendered text."""

import pytest

from broadsheet.markup import render


def test_the_summary_is_the_first_prose() -> None:
    before = "# Title\n\n```\ncode\n```\n\n%[https://a.example]\n\n"
    source = "> [!NOTE]\n> A *b* &amp; c[^1].\n\n[^1]: d"
    assert render(before + source).summary == "A b & c."


def test_the_summary_skips_long_code_at_the_beginning() -> None:
    code = "```python\n" + "print('one of many lines')\n" * 450 + "```\n\n"
    assert render(f"{code}| a |\n|-|\n| b |\n\nThe prose.").summary == "The prose."
    assert render(f"{code}# Only a title").summary == ""


@pytest.mark.parametrize(
    ("source", "summary"),
    [
        ("$$\\frac{a}{b}$$\n\nThen *text*.", "Then text."),
        ("$$\n\\nonsense{a}\n$$\n\nThen text.", "Then text."),
        ("```math\n\\frac{a}{b}\n```\n\nThen text.", "Then text."),
        ("$\\nonsense{a}$ is the start.", "… is the start."),
        ("$x$ is the start.", "x is the start."),
        ("$$x$$", ""),
        ("Let\n$$x$$\nand $$y$$ be", "Let and y be"),
        ("$$\\nonsense{a}$$ and *then*", "… and then"),
        (f"$${'x + ' * 450}y$$\n\nThen text.", "Then text."),
    ],
)
def test_the_summary_contains_no_display_formulas_and_no_latex(source: str, summary: str) -> None:
    assert render(source).summary == summary


def test_the_summary_is_truncated_at_a_word() -> None:
    summary = render("word " * 100).summary
    assert len(summary) <= 200
    assert summary.endswith("word…")


def test_the_text_contains_code_but_no_markup() -> None:
    text = render("# A\n\nb **c**\n\n```python\nx = '<y>'\n```\n\n| d |\n|-|\n| e |").text
    assert text == "A b c x = '<y>' d e"


def test_words_are_counted_and_cjk_characters_in_pairs() -> None:
    assert render("one two *three*").word_count == 3
    assert render("日本語を勉強し ok").word_count == 5
    assert render("").word_count == 0


def test_an_empty_text_is_empty() -> None:
    rendered = render("")
    assert (rendered.html, rendered.summary, rendered.text, rendered.headings) == ("", "", "", ())
