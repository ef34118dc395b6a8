"""Absolute URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.lib.urls import make_absolute, make_absolute_in_html

PAGE = "https://example.org/post"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/x">', '<a href="https://example.org/x">'),
        ('<a href="#fn">', '<a href="https://example.org/post#fn">'),
        ('<a href="//cdn.example/x">', '<a href="https://cdn.example/x">'),
        ('<a href="mailto:a@b.c">', '<a href="mailto:a@b.c">'),
        ('<a title="a > b" href="/x">', '<a title="a > b" href="https://example.org/x">'),
        ('<a href="http://[bad">', '<a href="http://[bad">'),
        (
            '<img srcset="/a.webp 1w, /b.webp 2w">',
            '<img srcset="https://example.org/a.webp 1w, https://example.org/b.webp 2w">',
        ),
        ('say src="/x" &lt;a href="/y">', 'say src="/x" &lt;a href="/y">'),
    ],
)
def test_urls_in_tags_become_absolute_and_text_is_unchanged(html: str, expected: str) -> None:
    assert make_absolute_in_html(html, PAGE) == expected


def test_an_absolute_url_is_percent_encoded() -> None:
    assert make_absolute("/日本", PAGE) == "https://example.org/%E6%97%A5%E6%9C%AC"
    assert make_absolute("https://other.example/x", PAGE) == "https://other.example/x"
    assert make_absolute("", PAGE) == ""
    assert make_absolute("http://[bad", PAGE) == "http://[bad"


@given(st.text())
def test_any_html_is_accepted(html: str) -> None:
    make_absolute_in_html(html, PAGE)
    make_absolute_in_html(f'<a href="{html}">', PAGE)
