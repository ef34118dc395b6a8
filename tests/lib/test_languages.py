"""Language tags."""

import pytest

from broadsheet.lib import languages


@pytest.mark.parametrize(
    ("tag", "direction"),
    [("en", "ltr"), ("ar", "rtl"), ("ar-EG", "rtl"), ("he", "rtl"), ("az-Arab", "rtl"),
     ("ks-Deva", "ltr"), ("zh-Hant-TW", "ltr"), ("", "ltr"), ("not a tag", "ltr")],
)  # fmt: skip
def test_a_language_has_a_text_direction(tag: str, direction: str) -> None:
    assert languages.text_direction(tag) == direction


def test_a_malformed_tag_becomes_an_empty_string() -> None:
    assert languages.tag_or_empty("pt-BR") == "pt-BR"
    for tag in ("", "english language", '"><script>', "e"):
        assert languages.tag_or_empty(tag) == ""
