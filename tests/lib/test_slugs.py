"""Slugs: created from any title, safe in any URL."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.lib import slugs


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("  Über  Größe -- und_Maß ", "uber-grosse-und-mass"),
        ("C++ & C#", "c-c"),
        ("日本語のタイトル", "日本語のタイトル"),
        ("हिन्दी में लिखना", "हिन्दी-में-लिखना"),
        ("ภาษาไทย", "ภาษาไทย"),
        ("…", "untitled"),
        ("", "untitled"),
        ("2024", "2024"),
        ("Post/with/slash", "post-with-slash"),
        ("100% <b>bold</b>", "100-bold"),
        ("a < b > c", "a-b-c"),
        ("Use List<String>", "use-list-string"),
        ('Bread & <salt>, <EM class="x">fresh</EM>', "bread-salt-fresh"),
        ("½ price", "1-2-price"),
        ("Before—after", "before-after"),
        ("Don't use Node.js", "dont-use-nodejs"),
        ("Đường đi", "duong-di"),
        ("Łódź, København, Æther, Þór, Maß", "lodz-kobenhavn-aether-thor-mass"),
        ("Diyarbak\u0131r", "diyarbakir"),
        ("ɖekawowo", "ɖekawowo"),
    ],
)
def test_a_title_becomes_a_slug(title: str, slug: str) -> None:
    assert slugs.slugify(title) == slug


def test_a_title_without_letters_gets_the_fallback() -> None:
    assert slugs.slugify("!!!", fallback="post") == "post"


def test_a_long_title_is_truncated_at_the_end_of_a_word() -> None:
    slug = slugs.slugify("word " * 100)
    assert len(slug) <= slugs.LENGTH
    assert slug.endswith("-word")


@given(title=st.text(max_size=400))
def test_the_slug_of_any_title_matches_the_pattern_and_is_stable(title: str) -> None:
    slug = slugs.slugify(title)
    assert re.fullmatch(slugs.PATTERN, slug)
    assert len(slug) <= slugs.LENGTH
    assert slugs.slugify(slug) == slug


@given(slug=st.text("ab-", min_size=1, max_size=220), used=st.sets(st.text("ab-2", max_size=9)))
def test_a_unique_slug_is_unused(slug: str, used: set[str]) -> None:
    found = slugs.make_unique(slug, used | {slug})
    assert found not in used | {slug}
    assert slugs.make_unique(found, used | {slug}) == found


def test_the_first_free_number_is_appended() -> None:
    assert slugs.make_unique("a", set()) == "a"
    assert slugs.make_unique("a", {"a"}) == "a-2"
    assert slugs.make_unique("a", {"a", "a-2", "a-3"}) == "a-4"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("C", "c"),
        ("C++", "cpp"),
        ("C#", "c-sharp"),
        ("R&D", "r-and-d"),
        ("A/B", "a-b"),
        ("🚀", "rocket"),
        ("!", "exclamation-mark"),
        ("\ue000", "tag"),
    ],
)
def test_symbols_of_a_name_are_spelled_out(name: str, slug: str) -> None:
    assert slugs.slugify_name(name, fallback="tag") == slug
