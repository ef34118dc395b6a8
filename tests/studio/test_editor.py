"""The editor over the text field, in a browser."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from broadsheet.accounts.models import User
from broadsheet.posts.actions import edit
from broadsheet.posts.models import Post
from tests.browsers import PATIENCE
from tests.studio.conftest import At, Write

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
TEXT = ".cm-content"


@pytest.fixture
def post(write: Write) -> Post:
    """A post by the author."""
    return write("One", content="As it was")


@pytest.fixture
def page(browser: Browser, server: LiveServer, author: User, at: At, post: Post) -> Iterator[Page]:
    """The editor of the post, with the cursor in the text; the browser must report no errors."""
    session = at(author).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}]
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if "Security" in m.text else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(reverse("studio:post-edit", args=[post.pk]))
    page.click(TEXT)
    yield page
    context.close()
    assert errors == []


def source(page: Page) -> str:
    """Return the text that the form sends."""
    return page.input_value("#id_content")


def write_text(page: Page, text: str) -> None:
    """Replace the text, with the cursor at its end."""
    page.fill("#id_content", text)
    page.focus(TEXT)
    page.keyboard.press("Control+End")


def save(page: Page, version: int) -> None:
    """Save, and wait until the version is stored."""
    page.keyboard.press("Control+s")
    page.wait_for_selector(f"[data-saved]:has-text('version {version}')")


def paste(page: Page, **data: str) -> None:
    """Paste `plain` and `html`."""
    page.evaluate(
        """(data) => {
            const clipboardData = new DataTransfer();
            for (const [type, value] of Object.entries(data)) {
                clipboardData.setData(`text/${type}`, value);
            }
            const options = { bubbles: true, cancelable: true, clipboardData };
            const event = new ClipboardEvent("paste", options);
            document.querySelector(".cm-content").dispatchEvent(event);
        }""",
        data,
    )


def test_what_is_typed_is_saved(page: Page, post: Post) -> None:
    page.keyboard.press("Control+End")
    page.keyboard.type(" and as it is")
    assert page.inner_text("[data-saved]") == "Not saved yet"
    save(page, 2)
    post.refresh_from_db()
    assert post.content == "As it was and as it is"


LINES = st.lists(
    st.tuples(
        st.text(
            st.characters(exclude_characters="\x00\r\n", exclude_categories=["Cs"]), max_size=12
        )
        | st.sampled_from(["", "  ", "\t", "- a  ", "> b", "```", "| a | b |", "\ufeff", "# é"]),
        st.sampled_from(["\n", "\n", "\r\n", "\r"]),
    ),
    max_size=12,
)


@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=LINES)
def test_opening_and_saving_a_post_changes_no_byte(
    page: Page, author: User, post: Post, lines: list[tuple[str, str]]
) -> None:
    post.refresh_from_db()
    text = "".join(line + ending for line, ending in lines)
    post = edit(post, by=author, version=post.version, content=text)
    page.goto(reverse("studio:post-edit", args=[post.pk]))
    page.click("[data-save]")
    page.wait_for_selector(f"[data-saved]:has-text('version {post.version}')")
    page.wait_for_load_state("networkidle")
    post.refresh_from_db()
    assert post.content == text


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("Control+b", "As it **was**"),
        ("Control+i", "As it *was*"),
        ("Control+e", "As it `was`"),
        ("Control+k", "As it [was]()"),
        ("Control+Alt+2", "## As it was"),
        ("Control+Alt+3", "### As it was"),
    ],
)
def test_keys_format_the_selection_and_undo_takes_it_back(
    page: Page, keys: str, expected: str
) -> None:
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Shift+ArrowLeft")
    page.keyboard.press(keys)
    assert source(page) == expected
    page.keyboard.press("Control+z")
    assert source(page) == "As it was"


def test_a_format_is_removed_by_the_same_key(page: Page) -> None:
    page.keyboard.press("Control+a")
    for keys in ("Control+b", "Control+i", "Control+i", "Control+b"):
        page.keyboard.press(keys)
    assert source(page) == "As it was"


def test_control_enter_saves_and_opens_publishing(page: Page, post: Post) -> None:
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("dialog[open] [data-publish-submit]")
    post.refresh_from_db()
    assert post.content == "As it was!"


def test_a_dialog_lists_the_keys_and_gives_the_focus_back(page: Page) -> None:
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog", name="All keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(TEXT)).to_be_focused()


def test_tab_leaves_the_text_and_indents_lists(page: Page) -> None:
    write_text(page, "- one")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("two")
    assert source(page) == "- one\n    - two"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator(TEXT)).not_to_be_focused()
    write_text(page, "A paragraph")
    page.keyboard.press("Tab")
    expect(page.locator(TEXT)).not_to_be_focused()
    assert source(page) == "A paragraph"


def test_lists_and_quotes_are_continued(page: Page) -> None:
    write_text(page, "1. one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    assert source(page) == "1. one\n2. two"
    write_text(page, "> one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    assert source(page) == "> one\n> two"


def test_tab_aligns_a_table_and_moves_to_the_next_cell(page: Page) -> None:
    write_text(page, "| Year | Height |\n| --- | ---: |\n| 1931 | 4 |")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    page.keyboard.type("Metres")
    page.keyboard.press("Tab")
    page.keyboard.type("1932")
    assert source(page) == "| Year | Metres |\n| ---- | -----: |\n| 1932 | 4      |"
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("m")
    assert source(page) == "| Year | m |\n| ---- | -----: |\n| 1932 | 4      |"


def test_the_slash_menu_inserts(page: Page) -> None:
    write_text(page, "")
    page.keyboard.type("/quo")
    expect(page.get_by_role("option", name="Quote")).to_be_visible()
    page.wait_for_function("document.querySelector('.cm-tooltip-autocomplete [aria-selected]')")
    expect(page.locator(".cm-tooltip-autocomplete [aria-selected]")).to_contain_text("Quote")
    page.click(".cm-tooltip-autocomplete [aria-selected]")
    page.keyboard.type("words")
    assert source(page) == "> words"


def test_a_url_that_is_pasted_over_words_makes_a_link(page: Page) -> None:
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Shift+ArrowLeft")
    paste(page, plain="https://example.org/a")
    assert source(page) == "As it [was](https://example.org/a)"


PASTED = {
    "<p>One <b>bold</b> and <i>italic</i>.</p><p>Two</p>": "One **bold** and *italic*.\n\nTwo",
    "<h1>Title</h1><ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>": "## Title\n\n- a\n  - b\n- c",
    '<a href="https://example.org/?a=(1)">x</a> <a href="javascript:alert(1)">y</a>': (
        "[x](https://example.org/?a=%281%29) y"
    ),
    '<b style="font-weight:normal"><p><span style="font-weight:700">Docs</span> text</p></b>': (
        "**Docs** text"
    ),
    '<p class="MsoListParagraph"><span style="mso-list:Ignore">·  </span>Word</p>': "- Word",
    "<pre><code class='language-python'>a = 1\n</code></pre>": "```python\na = 1\n```",
    "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>": (
        "| a | b |\n| --- | --- |\n| 1 | 2 |"
    ),
    "<blockquote><p>a</p><p>b</p></blockquote><hr>": "> a\n>\n> b\n\n***",
    "<p>snake_case and *stars*<br>next</p><script>alert(1)</script>": (
        "snake_case and \\*stars\\*\\\nnext"
    ),
}


@pytest.mark.parametrize("html", PASTED)
def test_pasted_html_becomes_markdown(page: Page, html: str) -> None:
    write_text(page, "")
    paste(page, html=html, plain="plain")
    assert source(page) == PASTED[html]
    page.keyboard.press("Control+z")
    assert source(page) == ""


def test_the_number_of_words_is_shown(page: Page) -> None:
    write_text(page, "one two three")
    expect(page.locator(".editor-count")).to_have_text("3 words · 1 min")


def test_the_toolbar_can_be_hidden_and_stays_hidden(page: Page) -> None:
    toolbar = page.get_by_role("toolbar", name="Format")
    expect(toolbar).to_be_visible()
    page.get_by_role("button", name="Format").click()
    page.reload()
    expect(toolbar).to_be_hidden()


def test_the_plain_text_field_is_one_setting_away(page: Page, post: Post) -> None:
    page.goto(reverse("accounts:profile"))
    page.get_by_label("Write in a plain text field").check()
    page.get_by_role("button", name="Save").click()
    page.goto(reverse("studio:post-edit", args=[post.pk]))
    page.get_by_label("Text", exact=True).fill("Plain")
    expect(page.locator(TEXT)).to_have_count(0)
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-saved]:has-text('version 2')")


def test_keystrokes_in_a_long_post_are_fast(page: Page) -> None:
    paragraph = "A *long* post with [links](https://example.org/somewhere) and `code`. " * 8
    write_text(page, f"{paragraph}\n\n## Section\n\n" * 180)
    assert len(source(page)) > 100_000
    times: list[float] = page.evaluate("""async () => {
        const times = [];
        for (let i = 0; i < 200; i += 1) {
            const start = performance.now();
            document.execCommand("insertText", false, "a");
            times.push(performance.now() - start);
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        return times.sort((a, b) => a - b);
    }""")
    assert times[100] < 16, "the median in milliseconds"
    assert times[198] < 50, "the 99th percentile"


def test_the_bundle_is_what_the_sources_give(tmp_path: Path) -> None:
    if not (ROOT / "node_modules/esbuild").exists():
        pytest.skip("needs node_modules/esbuild (npm ci)")
    subprocess.run(["node", "frontend/build.mjs", str(tmp_path)], cwd=ROOT, check=True)
    static = ROOT / "broadsheet/studio/static/studio"
    for built in tmp_path.iterdir():
        assert built.read_bytes() == (static / built.name).read_bytes(), "run `npm run build`"
