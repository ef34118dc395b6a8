"""Dates, ids and content in the formats of Hashnode."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet import markup
from broadsheet.transfer import image_urls, markdown_spans
from broadsheet.transfer.importers.hashnode import body, cuid, dates, dollar_signs
from broadsheet.transfer.records import Note

AT = dt.datetime(2023, 9, 22, 6, 31, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Fri Sep 22 2023 06:31:09 GMT+0000 (Coordinated Universal Time)",
        "Fri Sep 22 2023 12:01:09 GMT+0530 (India Standard Time)",
        "Fri Sep 22 2023 01:31:09 GMT-0500",
        "2023-09-22T06:31:09.000Z",
        "2023-09-22T08:31:09+02:00",
        "2023-09-22 06:31:09",
        "Fri, 22 Sep 2023 06:31:09 GMT",
        "1695364269000",
        1695364269000,
    ],
)
def test_each_date_format_is_read(text: object) -> None:
    assert dates.parse(text) == AT


@given(st.text() | st.none() | st.integers() | st.floats() | st.lists(st.text()) | st.booleans())
def test_any_value_is_a_date_or_none(value: object) -> None:
    assert dates.parse(value) is None or isinstance(dates.parse(value), dt.datetime)


@pytest.mark.parametrize("text", ["Invalid Date", "", "Fri Foo 22 2023 06:31:09", "2023-13-40"])
def test_an_invalid_date_is_none(text: str) -> None:
    assert dates.parse(text) is None


def test_ids_contain_their_creation_time() -> None:
    created_at = cuid.created_at("clmu84273000809l2cwz5ayzf"[:1] + "lmu84273000809l2cwz5ayzf")
    assert created_at is not None
    assert created_at.date() == dt.date(2023, 9, 22)
    created_at = cuid.created_at("64a1b2c3d4e5f60718293a4b")
    assert created_at == dt.datetime.fromtimestamp(0x64A1B2C3, dt.UTC)


@pytest.mark.parametrize(
    "text", ["", "czzzzzzzzzzzzzzzzzzzzzzzz", "c00000000000000000000000a", "x"]
)
def test_an_invalid_id_has_no_creation_time(text: str) -> None:
    assert cuid.created_at(text) is None


def test_iframes_become_embeds_and_other_content_is_unchanged() -> None:
    text = (
        '<iframe class="hn-embed" src="https://www.youtube.com/embed/abcdefghijk?x=1&amp;y"></iframe>\n'
        "<iframe src='//frames.example/x'></iframe>\n"
        '<div class="hn-embed-widget" id="news"></div>\n'
        "`<iframe src='https://code.example'></iframe>`\n"
        "```\n<iframe src='https://code.example'></iframe>\n```\n"
        '![](https://cdn.example/a.png align="center") <mark>m</mark> @[Ada](user:1) $$x$$'
    )
    notes = [Note("first")]
    converted = body.convert(text, notes)
    assert "%[https://www.youtube.com/watch?v=abcdefghijk]" in converted
    assert "%[https://frames.example/x]" in converted
    assert "%%[news]" in converted
    assert converted.count("<iframe src='https://code.example'></iframe>") == 2
    assert converted.endswith(text.rpartition("\n")[2])
    assert [note.detail for note in notes[1:]] == ["https://frames.example/x", "news", "Ada"]


def test_markdown_directly_after_a_tag_is_rendered_as_on_hashnode() -> None:
    text = "<center>![a](https://e.example/a.png)</center>\n\n<div class='x'>Words</div>"
    assert body.convert(text, []) == (
        "<center>\n\n![a](https://e.example/a.png)\n\n</center>\n\n<div class='x'>Words</div>"
    )


@pytest.mark.parametrize("end", ["", "\n"])
def test_markdown_in_the_line_below_a_tag_is_rendered_as_on_hashnode(end: str) -> None:
    text = f"Before\n\n<center>\n![a](https://e.example/a.png){end}</center>\n\nBehind"
    html = markup.render(body.convert(text, [])).html
    assert 'src="https://e.example/a.png"' in html
    assert "![" not in html


def test_a_mention_by_username_links_to_the_profile_on_hashnode() -> None:
    assert body.convert("Hi @[Ada L](@ada), `@[x](@x)`", []) == (
        "Hi [@Ada L](https://hashnode.com/@ada), `@[x](@x)`"
    )
    url = "https://h.example/@[x](@x) [y](/@[x](@x)) <a href='/@[x](@x)'>z</a>"
    assert body.convert(url, []) == url


@given(st.text(st.sampled_from("`~ \n>-1.a<![](")))
def test_prose_and_code_together_are_the_text(text: str) -> None:
    assert markdown_spans.rewrite_prose(text, lambda part: part) == text


def test_images_with_reference_definitions_are_found_and_replaced() -> None:
    text = (
        "![a][One] ![two][] ![Th  ree] [a link][four] `![five]`\n\n"
        "[one]: https://e.example/1.png\n[two]:\n  <https://e.example/2 2.png> 'Title'\n"
        "> [th ree]: https://e.example/3.png\n\n[four]: https://e.example/4\n"
        "[five]: https://e.example/5.png\n"
    )
    images = [f"https://e.example/{name}.png" for name in ("1", "2 2", "3")]
    assert image_urls.find_image_urls(text) == images
    converted = image_urls.replace_image_urls(text, lambda url: f"/media/{url[-5]}.png")
    assert (
        "[one]: /media/1.png\n[two]:\n  /media/2.png 'Title'\n> [th ree]: /media/3.png" in converted
    )
    assert converted.endswith(text[text.index("\n\n[four]") :])


def test_images_in_code_are_not_images() -> None:
    text = (
        '![a](https://e.example/1.png align="center") ![b](<https://e.example/2 3.png> "t")\n\n'
        "![c](https://e.example/4_(x).png)<img alt='' src='https://e.example/5.png?a&amp;b'>\n\n"
        "1. item\n\n   ```md\n   ![no](https://e.example/no.png)\n   ```\n\n`![no](x)`"
    )
    assert image_urls.find_image_urls(text) == [
        "https://e.example/1.png",
        "https://e.example/2 3.png",
        "https://e.example/4_(x).png",
        "https://e.example/5.png?a&b",
    ]
    converted = image_urls.replace_image_urls(text, lambda url: f"/media/{url[-5]}.png")
    assert '![a](/media/1.png align="center") ![b](/media/3.png "t")' in converted
    assert "![no](https://e.example/no.png)" in converted
    assert "`![no](x)`" in converted


def test_urls_of_html_images_are_found_in_any_quotes() -> None:
    text = (
        "<img src='https://e.example/1.png'> "
        "<IMG alt='a > b' src = \"https://e.example/a 2.png\" />\n"
        "<img data-src='https://e.example/no.png' title=\"src='x'\""
        " src='https://e.example/it&#39;s3.png'>"
        "<img width=5 src=https://e.example/4.png>"
    )
    assert image_urls.find_image_urls(text) == [
        f"https://e.example/{name}.png" for name in ("1", "a 2", "it's3", "4")
    ]
    converted = image_urls.replace_image_urls(text, lambda url: f"/media/{url[-5]}.png")
    assert converted == (
        '<img src="/media/1.png"> <IMG alt=\'a > b\' src = "/media/2.png" />\n'
        "<img data-src='https://e.example/no.png' title=\"src='x'\" src=\"/media/3.png\">"
        '<img width=5 src="/media/4.png">'
    )


def test_markdown_below_an_hr_element_is_markdown() -> None:
    text = "Text\n\n<hr/>\n_a_ [b](c)\n\nLine<br>\nline\n\n<hr>\n<p>e</p>\n"
    assert body.convert(text, []) == text.replace("<hr/>\n", "<hr/>\n\n")


@pytest.mark.parametrize(
    ("text", "href"),
    [
        (r"See https://example.org/a\_b\_c now.", "https://example.org/a_b_c"),
        (r"See https://example.org/a\_b\_c.", "https://example.org/a_b_c"),
        (r"(https://example.org/a\_(b\))", "https://example.org/a_(b)"),
        (r"https://example.org/\_next/\_static", "https://example.org/_next/_static"),
        (r"https://example.org/a\*b\*c\~d\~e", "https://example.org/a*b*c~d~e"),
        (r"**https://example.org/a\_b**", "https://example.org/a_b"),
        (r"<https://example.org/a\_b>", "https://example.org/a_b"),
        (r"[x](https://example.org/a\_b\))", "https://example.org/a_b)"),
        ("[x]\n\n[x]: https://example.org/a\\_b\n", "https://example.org/a_b"),
        ("https://example.org/a_b", "https://example.org/a_b"),
        (r"https://example.org/a\_b\_c\_", "https://example.org/a_b_c"),
        (r"www.example.org/a\_b\_c now", "http://www.example.org/a_b_c"),
        (r"www.example.org/a\*b\*", "http://www.example.org/a*b"),
        (r"Write to ada\_m\_l@example.org.", "mailto:ada_m_l@example.org"),
    ],
)
def test_escapes_of_the_editor_are_removed_from_bare_urls(text: str, href: str) -> None:
    html = markup.render(body.convert(text, [])).html
    assert re.findall('href="([^"]*)"', html) == [href]


def test_escapes_are_removed_from_urls_of_embeds_but_not_from_code() -> None:
    text = "%[https://e.example/a\\_b]\n\n`https://e.example/a\\_b`\n"
    assert body.convert(text, []) == text.replace(
        "[https://e.example/a\\_b", "[https://e.example/a_b"
    )


@pytest.mark.parametrize(
    ("text", "src", "more"),
    [
        ('![An icon](<https://e.example/i%3D> align="left")', "https://e.example/i%3D", "is-left"),
        ('![](<https://e.example/a b.png> align="left")', "https://e.example/a%20b.png", "is-left"),
        ("![pic](https://e.example/my pic (1).png)", "https://e.example/my%20pic%20(1).png", "pic"),
        ("![pic](https://e.example/my pic.png)", "https://e.example/my%20pic.png", "pic"),
        ('![p](https://e.example/my pic.png "T")', "https://e.example/my%20pic.png", "T"),
        ('![p](https://e.example/a b.png align="center")', "https://e.example/a%20b.png", "center"),
        ("a ![p](https://e.example/a b.png) b (c)", "https://e.example/a%20b.png", " b (c)"),
        ("![p](<https://e.example/a b.png>)", "https://e.example/a%20b.png", ""),
        ("![p](https://e.example/a.png)", "https://e.example/a.png", ""),
        ('![p](https://e.example/a.png "A title")', "https://e.example/a.png", "A title"),
        ('![p](https://e.example/a.png align="right")', "https://e.example/a.png", "is-right"),
    ],
)  # fmt: skip
def test_image_urls_can_have_spaces_and_attributes(text: str, src: str, more: str) -> None:
    html = markup.render(body.convert(text, [])).html
    assert re.findall('<img[^>]*src="([^"]*)"', html) == [src]
    assert more in html


@pytest.mark.parametrize(
    "text",
    [
        "![no end](https://e.example/a b.png",
        "![two](https://e.example/a b\n\nc.png)",
        "Not ! [x](https://e.example/a b)",
        "`![code](https://e.example/a b.png)`",
    ],
)
def test_a_text_that_is_no_image_is_unchanged(text: str) -> None:
    assert body.convert(text, []) == text


@given(st.text(st.sampled_from("![]()<> \\_\n\"'ab")))
def test_any_prose_can_be_converted(text: str) -> None:
    body.convert(f"![x](https://{text}", [])


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
@pytest.mark.parametrize(
    "text",
    ["R${}40 today, and R${}2 a month", "Between $$6 and{}$$200 we go", "It costs{}$5 or $6,{}$7"],
)
def test_prices_are_no_formulas_next_to_any_kind_of_space(text: str, space: str) -> None:
    priced = text.replace("{}", space)
    assert "<math" not in markup.render(dollar_signs.escape_dollars(priced)).html
