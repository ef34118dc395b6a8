"""Tags and series by name: different names stay different."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from broadsheet.accounts.models import Role, User
from broadsheet.lib import slugs
from broadsheet.posts import actions
from broadsheet.posts.models import Series, Tag

pytestmark = pytest.mark.django_db
NAMES = ["C", "C++", "C#", "R&D", "RD", "A/B", "AB", "A-B", "🚀", "🎉", "!!!"]


def test_different_names_are_different_tags(author: User) -> None:
    post = actions.create(by=author, title="T", tags=NAMES)
    assert [tag.name for tag in post.tags.all()] == NAMES
    tag_slugs = [tag.slug for tag in post.tags.all()]
    assert tag_slugs == [
        *("c", "cpp", "c-sharp", "r-and-d", "rd", "a-b", "ab", "a-b-2"),
        *("rocket", "party-popper", "exclamation-mark-exclamation-mark-exclamation-mark"),
    ]


def test_a_name_in_another_case_or_with_hyphens_is_the_same_tag(author: User) -> None:
    actions.create(by=author, title="One", tags=["Machine Learning"])
    post = actions.create(by=author, title="Two", tags=["machine-learning", "MACHINE_LEARNING"])
    assert [tag.name for tag in post.tags.all()] == ["Machine Learning"]


def test_a_renamed_tag_is_found_by_slug_and_by_name(author: User) -> None:
    actions.create(by=author, title="One", tags=["reactjs"])
    Tag.objects.update(name="React")
    post = actions.create(by=author, title="Two", tags=["reactjs", "React"])
    assert [tag.slug for tag in post.tags.all()] == ["reactjs"]


def test_a_tag_with_a_differently_generated_slug_is_found_by_name(author: User) -> None:
    Tag.objects.create(name="R&D", slug="rd")
    post = actions.create(by=author, title="T", tags=["R&D"])
    assert [tag.slug for tag in post.tags.all()] == ["rd"]


def test_different_names_are_different_series(author: User) -> None:
    names = [
        actions.create(by=author, title="T", series=name).series for name in ("C", "C++", " c ")
    ]
    assert [series.name for series in names if series] == ["C", "C++", "C"]
    assert [series.slug for series in Series.objects.all()] == ["c", "cpp"]


def test_the_number_of_queries_does_not_depend_on_the_number_of_tags(author: User) -> None:
    def count_queries(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            names = [f"{count} tag {n}" for n in range(count)]
            actions.create(by=author, title=f"T{count}", tags=names)
        return len(queries)

    assert count_queries(2) == count_queries(30)


def test_a_name_that_is_too_long_is_a_field_error(author: User) -> None:
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, title="T", tags=["x" * 101])
    assert error.value.message_dict == {
        "tags": [f"“{'x' * 30}…” is too long: the limit is 100 characters."]
    }


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("\u200b", "U+200B"),
        ("\ufeff", "U+FEFF"),
        ("\u202e\u2066 \u00ad", "U+202E U+2066 U+0020 U+00AD"),
        ("\u3164", "U+3164"),
        ("\u2800\ufe0f", "U+2800 U+FE0F"),
        ("\U000e0041", "U+E0041"),
    ],
)
def test_an_invisible_name_is_rejected(name: str, codes: str, author: User) -> None:
    message = [f"This name consists of invisible characters only: {codes}."]
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, title="T", tags=["ok", name])
    assert error.value.message_dict == {"tags": message}
    with pytest.raises(ValidationError) as error:
        actions.create(by=author, title="T", series=name)
    assert error.value.message_dict == {"series": message}
    assert not Tag.objects.exists()


def test_invisible_characters_in_a_visible_name_are_allowed(author: User) -> None:
    names = ["\U0001f469\u200d\U0001f680", "\u0645\u06cc\u200c\u062e", "\u2764\ufe0f"]
    post = actions.create(by=author, title="T", tags=names)
    assert [tag.name for tag in post.tags.all()] == names


class TestNames(TestCase):
    @given(st.lists(st.text(st.sampled_from("aAb/-+#& 🚀ß½!"), max_size=6), max_size=8))
    @example(["A/B", "a-b", "A-B", "a/b"])
    def test_any_different_names_are_different_tags(self, names: list[str]) -> None:
        user = User.objects.create_user("a", "a@example.org", role=Role.AUTHOR)
        post = actions.create(by=user, title="T", tags=names)
        expected = {slugs.fold_name(name.strip()) for name in names if name.strip()}
        assert {slugs.fold_name(tag.name) for tag in post.tags.all()} == expected
        again = actions.create(by=user, title="T", tags=names)
        assert list(again.tags.all()) == list(post.tags.all())
