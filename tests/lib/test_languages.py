"""Language tags."""

import pytest

from broadsheet.lib import languages


@pytest.mark.parametrize(
    ("tag", "direction"),
    [("en", "ltr"), ("ar", "rtl"), ("ar-EG", "rtl"), ("he", "rtl"), ("az-Arab", "rtl"),
     ("ks-Deva", "ltr"), ("zh-Hant-TW", "ltr"), ("", "ltr"), ("not a tag", "ltr")],
)  # fmt: skip
def test_a_language_runs_one_way(tag: str, direction: str) -> None:
    assert languages.text_direction(tag) == direction


def test_only_well_formed_tags_are_known() -> None:
    assert languages.tag_or_empty("pt-BR") == "pt-BR"
    for tag in ("", "english language", '"><script>', "e"):
        assert languages.tag_or_empty(tag) == ""
