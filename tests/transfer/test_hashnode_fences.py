"""Code blocks and dollar signs that Hashnode interprets differently from CommonMark."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet import markup
from broadsheet.transfer.importers.hashnode import dollar_signs, fences
from broadsheet.transfer.records import Note


def repaired(text: str) -> str:
    notes: list[Note] = []
    result = fences.repair_fences(text, notes)
    assert notes == []
    return result


@pytest.mark.parametrize(
    "text",
    [
        "1. One\n\n    ```dos\ndir\n\n  cd x\n```\n\n2. Two\n\n# Three\n",
        "1. One\n\n    ```dos\n    dir\n\n      cd x\n```\n\n2. Two\n\n# Three\n",
        "1. One\n    ```dos\ndir\n\n  cd x\n    ```\n\n2. Two\n\n# Three\n",
        "- a\n    - One\n\n        ```dos\n    dir\n\n      cd x\n    ```\n\n- Two\n\n# Three\n",
        "Text.\n\n    ```dos\ndir\n\n  cd x\n```\n\n1. Two\n\n# Three\n",
        "1. ~~~dos\ndir\n\n  cd x\n~~~\n2. Two\n\n# Three\n",
    ],
)
def test_a_code_block_left_of_its_list_item_is_part_of_it_and_ends_there(text: str) -> None:
    html = markup.render(repaired(text)).html
    code = re.findall(r"<code>(.*?)</code>", html, re.DOTALL)
    assert [re.sub("<[^>]*>", "", block) for block in code] == ["dir\n\n  cd x\n"]
    assert 'data-lang="dos"' in html
    assert "Three</h1>" in html or "Three<a" in html
    assert repaired(repaired(text)) == repaired(text)


@pytest.mark.parametrize(
    "text",
    [
        "1. One\n\n   ```js\n   a\n   ```\n\n2. Two\n",
        "- One\n  ```\n  a\n\n  b\n  ```\n- Two\n",
        "```js\na\n   ```\ntext\n",
        "   ```js\na\n```\n",
        "Text\n\n    ```js\n    a\n    ```\n\nText\n",
        "````md\n```js\n````\n",
        "> ```js\n> a\n> ```\n",
        "`` ``` `` and ```a``` here\n",
        "1. One\n\n\t```js\n\ta\n\t```\n",
    ],
)
def test_well_formed_blocks_are_unchanged(text: str) -> None:
    assert repaired(text) == text


@pytest.mark.parametrize("end", ["", "\n\n```js\nb()\n```"])
def test_a_closing_fence_at_the_end_of_a_line_closes_the_block(end: str) -> None:
    text = "1. One\n\n    ```js\n    a()```\n\n    ![](c.png)\n\n2. Two"
    html = markup.render(repaired(text + end)).html
    assert html.count("<img") == 1
    assert html.count('<figure class="code"') == 1 + bool(end)
    assert repaired(repaired(text + end)) == repaired(text + end)


@pytest.mark.parametrize("text", ["```js\na```\nb\n```\n", "```\n`a` ```\n```\n", "a```\n"])
def test_a_fence_at_the_end_of_a_line_is_code_if_another_one_closes_the_block(text: str) -> None:
    assert repaired(text) == text


def test_an_unclosed_fence_is_reported_with_its_line() -> None:
    notes: list[Note] = []
    text = "Text\n\n```js\na\n\n![](b.png)"
    assert fences.repair_fences(text, notes) == text
    assert notes == [Note("code block without a closing fence", "line 3 of the text")]


def test_a_superfluous_fence_at_the_end_is_removed_and_reported() -> None:
    notes: list[Note] = []
    assert (
        fences.repair_fences("```js\na\n```\n\nText\n\n```\n", notes)
        == "```js\na\n```\n\nText\n\n\n"
    )
    assert [note.detail for note in notes] == ["line 7 of the text"]


@given(st.text(alphabet="`~ \n\ta1.-*>", max_size=120))
def test_a_repair_loses_no_word_and_is_idempotent(text: str) -> None:
    once = fences.repair_fences(text, [])
    assert re.sub(r"[\s`~]", "", once) == re.sub(r"[\s`~]", "", text)
    assert fences.repair_fences(once, []) == once


def test_single_dollar_signs_are_text() -> None:
    text = "Set $ProjectDir$ and $A/$B, it's $5, `$a$`, $$x$$ and [a](https://b.example/$c$d)."
    html = markup.render(dollar_signs.escape_dollars(text)).html
    assert html.count("<math") == 1
    assert "Set $ProjectDir$ and $A/$B, it's $5" in html
    assert "<code>$a$</code>" in html
    assert 'href="https://b.example/$c$d"' in html


@pytest.mark.parametrize(
    "text", ["$5 and $6", "It's \\$a\\$", "```sh\necho $A$\n```", "$$\nx_1\n$$", "US$ 5, $HOME"]
)
def test_dollar_signs_that_form_no_formula_are_unchanged(text: str) -> None:
    assert dollar_signs.escape_dollars(text) == text
