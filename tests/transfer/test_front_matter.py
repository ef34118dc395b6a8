"""Front matter that only looks like YAML, and real YAML."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadsheet.transfer.importers.hashnode import front_matter as hashnode
from broadsheet.transfer.markdown_format import front_matter as yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.text())
@example("---")
@example("---\n---")
@example("---\ntitle")
@example('---\ntitle: "\n---\n')
def test_any_text_is_read_without_an_error(text: str) -> None:
    head, body = hashnode.split(text)
    assert head is not None or body == text


@given(st.lists(st.sampled_from(['title: "a', "slug: 007", "- x", "tags:", "---", '"', "o: p"])))
def test_any_lines_are_read_without_an_error(lines: list[str]) -> None:
    hashnode.split("---\n" + "\n".join(lines))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1))
def test_a_quoted_title_can_contain_any_characters(title: str) -> None:
    head, body = hashnode.split(f'---\ntitle: "{title}"\nslug: s\n---\nBody')
    assert head == {"title": title.replace('\\"', '"'), "slug": "s"}
    assert body == "Body"


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ('title: He said "no" twice', 'He said "no" twice'),
        ('title: "He said "no""', 'He said "no"'),
        ("title: 'It''s'", "It's"),
        ('title: "One\nand: two"\nslug: s', "One and: two"),
        ("title: One\n  two", "One two"),
        ("title: >-\n  One\n  two", "One two"),
        ("title:", ""),
        ("title: a: b # c", "a: b # c"),
    ],
)
def test_values_are_read_as_intended(lines: str, value: str) -> None:
    head, _body = hashnode.split(f"---\n{lines}\n---\n")
    assert head is not None
    assert head["title"] == value


def test_unclosed_front_matter_ends_at_the_first_line_of_another_form() -> None:
    head, body = hashnode.split("---\ntitle: T\nslug: s\n\nThe text")
    assert head == {"title": "T", "slug": "s"}
    assert body == "\nThe text"


@given(
    st.dictionaries(
        st.sampled_from(["title", "a", "b"]),
        TEXTS | st.lists(TEXTS),
    ),
    TEXTS,
)
@example({"title": "---\n\x85\u2028\ufeff\x07 é 😀 \x00"}, "---\n\r\n")
def test_yaml_is_read_as_it_was_written(head: dict[str, object], content: str) -> None:
    assert yaml.split(yaml.join(head, content)) == (head or None, content) or not head


@given(st.text())
@example("---\na: &a [*a]\n---\n")
@example("---\n- a\n---\n")
@example("---\n2020-99-99: 1\n---\n")
def test_any_text_is_valid_or_a_value_error(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n"):
        with suppress(ValueError):
            yaml.split(candidate)
