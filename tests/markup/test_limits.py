"""Pathological texts are rendered or rejected quickly, and the error names the line."""

import contextlib
import time
from functools import cache

import pytest

from broadsheet.markup import TooComplexError, render
from broadsheet.markup.limits import MAX_LENGTH

# The maximum ratio to the time for prose of the same length. The highest that was measured is 22;
# quadratic time would be thousands.
MAX_RATIO = 150
PROSE = "Some words of a paragraph, as people write.\n\n" * (MAX_LENGTH // 165)

REPEATED = (
    "[", "]", "![", "[a](", "[a](<b", "[a][b]", "[a](b \"", ">", "> ", "- ", "> - ", "1. ",
    "* ", "*", "_", "*a ", "**a *b ", "a**bc* ", "_a*", "~~a", "`a``", "$", "$a", "$$a", "$a$ ",
    "{", "|", "|a", "|-", "a|b\n", "|a|b|\n|-|-|\n|c|d|\n\n", "<div>", "<div>\n", "<b>",
    "<a href=x>", "<p>", "<li>", "<table>", "<table><td>", "<table><b>", "<b><p></b>",
    "<a><b><i></a>", "<pre><code>", "<h1 id=\"a\">", "<math><mi>", "<svg>", "<script>",
    "<script></script>", "<style>", "<!--", "<?", "<![CDATA[", "<!A", "<", "<a", "<a \"",
    "<a b='", "<a b=c ", "</b>", "</x>", "List<String>", "[^a]", "[^a]\n\n[^a]: b\n\n", "# a\n",
    "a\n=\n", "```\n", "```python\nx=1\n```\n", "``` ", "    a\n", "&amp;", "&", "\\",
    "http://a.b ", "http://", "www.", "a@b.", "\n", " ", "  \n", "\t", "\0", "a", "語",
    "%[https://youtu.be/abcdefgh]\n", "%[", "%[a\n", "![a](b align=\"center\") ",
    "](x\" width=\"", "$a $", "$$a $$ $", "`$",
    "](a align=\"", "![a](b)\n\n", "@[", "@[a](user:", "> [!NOTE]\n", "> [!NOTE]\n> a\n\n",
    "- [ ] a\n", "- a\n> b\n", "<details><summary>a</summary>\n\nb\n\n</details>\n",
    "<div align=\"center\" style=\"x\" onclick=y id=a>x</div>\n", "```mermaid\na\n```\n",
    "# <a>\n",
)  # fmt: skip

GROWN = {
    "ticks of every length": "".join(f"a{'`' * n}" for n in range(1, 1400)),
    "lists within lists": "\n".join(f"{'  ' * n}- a" for n in range(990)),
    "quotes within quotes": "\n".join(">" * n for n in range(1400)),
    "a wide table": "|" * 4000 + "\n" + "|-" * 4000 + "|\n" + "|\n" * 4000,
    "a long table": "|a" * 64 + "|\n" + "|-" * 64 + "|\n" + "a\n" * 100_000,
    "many references": "".join(f"[a{n}]: b\n" for n in range(10_000)) + "[a1]" * 20_000,
    "many footnotes": "".join(f"[^{n}]\n\n[^{n}]: a\n\n" for n in range(10_000)),
    "many headings": "".join(f"# a{n}\n" for n in range(20_000)),
    "many attributes": f"<a {' '.join(f'a{n}' for n in range(40_000))}>",
    "many in open elements": "".join(f"<b title={n}>" for n in range(60)) + "\n\nx" * 80_000,
    "emphasis in emphasis": "*" * 100_000 + "a" + "*" * 100_000,
    "deep math": f"${'{' * 100_000}$",
    "a long string of code": "```python\n" + "'" * 250_000 + "\n```",
    "parentheses behind an address": "http://a.b/" + "(" * 280_000,
}  # fmt: skip


def seconds(source: str) -> float:
    start = time.process_time()
    with contextlib.suppress(TooComplexError):
        render(source)
    return time.process_time() - start


@cache
def seconds_of_prose() -> float:
    return min(seconds(PROSE), seconds(PROSE))


@pytest.mark.slow
@pytest.mark.parametrize("unit", REPEATED)
def test_a_repeated_construct_is_fast(unit: str, pytestconfig: pytest.Config) -> None:
    length = MAX_LENGTH if pytestconfig.getoption("--prove") else MAX_LENGTH // 4
    limit = MAX_RATIO * seconds_of_prose() * length / MAX_LENGTH
    assert seconds(unit * (length // len(unit))) < limit


@pytest.mark.prove
@pytest.mark.parametrize("name", GROWN)
def test_a_growing_construct_is_fast(name: str) -> None:
    assert seconds(GROWN[name]) < MAX_RATIO * seconds_of_prose()


def test_errors_name_the_line() -> None:
    with pytest.raises(TooComplexError, match="1,000,000 characters"):
        render("a" * 1_000_000)
    with pytest.raises(TooComplexError, match="Line 3 has too many"):
        render("a\n\n" + "> " * 60 + "b")
    with pytest.raises(TooComplexError, match="table in line 4 is too large"):
        render("a\n\n" + "|a" * 70 + "|\n" + "|-" * 70 + "|\n")


def test_ordinary_texts_are_within_the_limits() -> None:
    render("The quick brown fox.\n\n" * 10_000)
    render("| a | b | c |\n|---|---|---|\n" + "| 1 | 2 | 3 |\n" * 2_000)
    render("# Heading\n\nText\n\n" * 500)
    render("> " * 20 + "deep")
    render("* * * " * 30)


@pytest.mark.slow
def test_a_text_of_all_private_use_characters_is_rendered_or_rejected() -> None:
    plane = "".join(map(chr, range(0xF0000, 0xFFFFE)))
    html = render(f"{plane} %[a] @[Ada](user:b) `@[c](user:d)` $5").html
    assert html.endswith(" %[a] @Ada <code>@[c](user:d)</code> $5</p>\n")
    assert plane in html
    both = plane + "".join(map(chr, range(0x100000, 0x10FFFE)))
    assert both in render(both).html
    with pytest.raises(TooComplexError, match="private-use"):
        render(f"{both} @[Ada](user:b)")
    with pytest.raises(TooComplexError, match="symbol"):
        render("".join(map(chr, range(0x1D000, 0x1D0F6))) + "$")


WIDE = f"|{'a|' * 80}\n|{'-|' * 80}\n|b|"


@pytest.mark.parametrize("text", [f"```\n{WIDE}\n```", f"Text\n~~~ a\n{WIDE}\n````\n   ~~~~ \n"])
def test_a_wide_table_in_a_code_block_is_code(text: str) -> None:
    html = render(text).html
    assert "<table" not in html
    assert "|-|-|" in html


@pytest.mark.parametrize(
    "before",
    [
        "",
        "```\n```\n",
        "```\n````\n\n",
        "<!--\n\n```\n\n-->\n\n",
        "<div>\n```\n\n",
        "- a\n\n  ```\n  ```\n\n```\n```\n\n",
        "``` a`\n\n",
        "    ```\n\n",
    ],
)
def test_a_wide_table_is_rejected_after_any_fences(before: str) -> None:
    with pytest.raises(TooComplexError):
        render(f"{before}{WIDE}")
