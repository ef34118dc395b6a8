"""Heads that only look like YAML, and those that are."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broadsheet.transfer.importers.hashnode import front_matter as hashnodes
from broadsheet.transfer.markdown_format import front_matter as yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.text())
@example("---")
@example("---\n---")
@example("---\ntitle")
@example('---\ntitle: "\n---\n')
def test_any_text_is_read_without_an_error(text: str) -> None:
    head, body = hashnodes.split(text)
    assert head is not None or body == text


@given(st.lists(st.sampled_from(['title: "a', "slug: 007", "- x", "tags:", "---", '"', "o: p"])))
def test_any_lines_are_read_without_an_error(lines: list[str]) -> None:
    hashnodes.split("---\n" + "\n".join(lines))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1))
def test_a_title_in_quotes_comes_back_whatever_is_in_it(title: str) -> None:
    head, body = hashnodes.split(f'---\ntitle: "{title}"\nslug: s\n---\nBody')
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
def test_a_value_is_read_as_it_was_meant(lines: str, value: str) -> None:
    head, _body = hashnodes.split(f"---\n{lines}\n---\n")
    assert head is not None
    assert head["title"] == value


def test_a_head_that_is_never_closed_ends_where_it_stops_looking_like_one() -> None:
    head, body = hashnodes.split("---\ntitle: T\nslug: s\n\nThe text")
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
def test_what_is_written_as_yaml_is_read_back_equal(head: dict[str, object], content: str) -> None:
    assert yaml.split(yaml.join(head, content)) == (head or None, content) or not head


@given(st.text())
@example("---\na: &a [*a]\n---\n")
@example("---\n- a\n---\n")
@example("---\n2020-99-99: 1\n---\n")
def test_any_text_is_yaml_or_refused_with_a_reason(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n"):
        with suppress(ValueError):
            yaml.split(candidate)
