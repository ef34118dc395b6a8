"""Safety: no text can run code in a reader's browser."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.markup import TooComplexError, render
from broadsheet.markup.sanitize import sanitize
from tests.examples import examples

# Allowed elements, written for this test and not taken from the code.
TAGS = set(
    "a abbr aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl"
    " dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q rp rt"
    " ruby s samp section small source span strong sub summary sup table tbody td tfoot th thead"
    " time tr u ul var wbr"
    " math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot"
    " mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover".split()
)
URL_ATTRIBUTES = {"href", "src", "cite"}
FORBIDDEN = re.compile(r"^(?:on.*|style|srcdoc|action|formaction|name|target|xlink.*|xmlns.*|is)$")
IDS = re.compile(r"^(?:heading-|fn-|fnref-)")


class Inspector(HTMLParser):
    """Records everything in HTML that could run, load, submit or shadow something."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.findings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.findings.append(f"<{tag}>")
        for name, value in attrs:
            self._inspect(tag, name, re.sub(r"[\x00-\x20\x7f]", "", value or "").lower())

    def _inspect(self, tag: str, name: str, value: str) -> None:
        scheme = re.match(r"[^/?#]*?:", value) if name in URL_ATTRIBUTES else None
        if FORBIDDEN.match(name):
            self.findings.append(f"{name} on <{tag}>")
        elif scheme and scheme[0] not in {"http:", "https:", "mailto:", "tel:"}:
            self.findings.append(f"{scheme[0]} in {name}")
        elif name == "id" and not IDS.match(value):
            self.findings.append(f"id {value}")
        elif name == "data-embed" and not value.startswith("https://"):
            self.findings.append(f"data-embed {value}")

    def handle_comment(self, data: str) -> None:
        self.findings.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.findings.append(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        self.findings.append(f"instruction {data}")


def findings(html: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.findings


def test_the_inspector_finds_dangerous_html() -> None:
    for html in (
        "<script>a</script>", "<a href='java&#10;script:a'>b</a>", "<b onclick=a>", "<p style=a>",
        "<iframe></iframe>", "<!-- a -->", "<h1 id=location>", "<svg>", "<input>", "<form>",
        "<img src='data:a'>", "<figure data-embed='javascript:a'>",
    ):  # fmt: skip
        assert findings(html), html


VECTORS = Path(__file__).with_name("attacks.txt").read_text().splitlines()


@pytest.mark.parametrize("vector", VECTORS)
def test_known_attacks_are_harmless(vector: str) -> None:
    for source in (vector, f"text {vector} text", f"> - {vector}\n\n{vector}", f"<div>\n{vector}"):
        html = render(source).html
        assert findings(html) == []
        assert sanitize(html) == html


def test_only_known_providers_can_be_embedded() -> None:
    forged = '<figure class="embed" data-embed="https://evil.example/">x</figure>'
    assert "evil" not in render(forged).html
    assert "evil" not in sanitize(forged)


PIECES = st.sampled_from(
    [
        *"* ** _ ` ``` # > - 1. [ ] ( ) ![ ](a < > </ /> <!-- --> <b <p> </p>".split(),
        *"<div <a href= <table> <td> <tr> </table> <table><b> <svg> <math>".split(),
        *"<mtext> <style> </style> <script> </script> <pre> <img src= onerror= '".split(),
        *'" = & &# &lt; ; <code> data: https://a.b %[ %%[ @[a](user:b) $ $$ { }'.split(),
        *"\\ \\frac [^a] [^a]: ~~ | :-: javascript: <details> <summary> <h1".split(),
        *"id=a> id=x class=code data-embed= \u200b \U000f0000 0 a \u00e9 \u65e5".split(),
        *"\x00 <center> align=center style= <a><i> [!NOTE] <nobr> </nobr>".split(),
        *(" ", "\n", "\n\n", "\t", "    ", "\u00a0", 'align="center")', "\n| - |\n"),
    ]
)


@settings(max_examples=examples(500), deadline=None)
@given(st.text() | st.lists(PIECES, max_size=40).map("".join))
def test_any_text_becomes_harmless_html(source: str) -> None:
    try:
        rendered = render(source)
    except TooComplexError:
        return
    assert findings(rendered.html) == []
    assert "\U000f0000" in source or "\U000f0000" not in rendered.html
    assert len(rendered.summary) <= 200
    assert sanitize(rendered.html) == rendered.html


@pytest.mark.slow
def test_the_same_text_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import hashlib; from broadsheet.markup import render;"
        "s = open('docs/markup.md').read() + '%[https://youtu.be/abcdefgh]\\n\\n![a](b)';"
        "print(hashlib.sha256(repr(render(s)).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1
