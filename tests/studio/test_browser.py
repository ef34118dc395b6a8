"""The studio in a browser: what its JavaScript adds."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from broadsheet.accounts.actions import edit_profile
from broadsheet.accounts.models import User
from broadsheet.publication.actions import edit_site
from tests.browsers import PATIENCE
from tests.studio.conftest import At, Write
from tests.studio.test_images import picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def path(write: Write) -> str:
    """The path of the editing page of a post by the author."""
    return reverse("studio:post-edit", args=[write("One", content="As it was").pk])


@pytest.fixture
def page(browser: Browser, server: LiveServer, author: User, at: At, path: str) -> Iterator[Page]:
    """A page in which the author is logged in; the browser must report no errors."""
    session = at(author).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(
        base_url=server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}]
    )
    tab = context.new_page()
    context.set_default_timeout(PATIENCE)
    errors: list[str] = []
    tab.on("console", lambda m: errors.append(m.text) if "Security" in m.text else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


def drop(page: Page, kind: str, *, data: bytes, mime: str) -> None:
    """Drop a file on the text, or paste it."""
    page.evaluate(
        """([kind, data, mime]) => {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            const carried = new DataTransfer();
            carried.items.add(new File([bytes], "tree.png", { type: mime }));
            const options = { bubbles: true, cancelable: true };
            const text = document.querySelector("#id_content");
            const event = kind === "drop"
                ? new DragEvent("drop", { ...options, dataTransfer: carried })
                : new ClipboardEvent("paste", { ...options, clipboardData: carried });
            text.dispatchEvent(event);
        }""",
        [kind, base64.b64encode(data).decode(), mime],
    )


def test_the_preview_is_updated_while_typing(page: Page) -> None:
    page.goto("/studio/new")
    page.fill("#id_content", "Some *words*.")
    page.wait_for_selector("[data-preview] em:text-is('words')")
    page.fill("#id_content", "Other **ones**.")
    page.wait_for_selector("[data-preview] strong:text-is('ones')")
    page.click("[data-preview-button]")
    assert page.is_hidden("[data-preview]")


def test_a_long_line_of_code_scrolls_inside_its_block_in_the_preview(page: Page) -> None:
    page.goto("/studio/new")
    page.fill("#id_content", f"A paragraph of words. {'x' * 200}\n\n```\n{'y' * 400}\n```")
    page.wait_for_selector("[data-preview] pre")
    for width in (1440, 1100, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        pane, text, code = page.evaluate("""["", " p:not(.meta)", " pre"].map((part) => {
            const box = document.querySelector(`[data-preview]${part}`);
            return [box.clientWidth, box.scrollWidth, box.getBoundingClientRect().right];
        })""")
        assert pane[0] == pane[1]
        assert text[2] <= pane[2]
        assert code[0] < code[1]


def test_a_long_word_in_a_title_wraps_in_the_list_of_posts(page: Page, write: Write) -> None:
    write("W" * 60, tags=["t" * 60])
    for width in (320, 820, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/studio")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_unsaved_changes_are_shown_and_ctrl_s_saves_them(page: Page, path: str) -> None:
    page.goto(path)
    assert "version 1" in page.inner_text("[data-saved]")
    page.fill("#id_content", "New text")
    assert page.inner_text("[data-saved]") == "Not saved yet"
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-saved]:has-text('version 2')")
    expect(page.locator("#id_content")).to_have_value("New text")


def test_saving_keeps_the_cursor_and_the_scroll_position(page: Page, author: User) -> None:
    edit_profile(author, uses_plain_editor=True)
    page.goto("/studio/new")
    page.fill("#id_title", "A long one")
    page.fill("#id_content", "A line.\n\n" * 400)
    page.evaluate("""() => {
        window.isStillHere = true;
        const text = document.querySelector("#id_content");
        text.setSelectionRange(1000, 1010);
    }""")
    page.keyboard.type("Typed there")
    top = page.evaluate("scrollY")
    assert top > 300
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-saved]:has-text('version 1')")
    assert page.url.endswith("/edit")
    page.keyboard.type(" and on")
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-saved]:has-text('version 2')")
    assert page.evaluate("[window.isStillHere, scrollY]") == [True, top]
    expect(page.locator("#id_content")).to_be_focused()
    assert page.evaluate("document.activeElement.selectionStart") == 1018
    assert page.input_value("#id_content")[1000:1018] == "Typed there and on"
    assert page.input_value("#id_slug") == "a-long-one"
    page.reload()
    assert page.input_value("#id_content")[1000:1018] == "Typed there and on"
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()


def test_a_field_error_is_shown_and_the_text_is_kept(page: Page, path: str) -> None:
    page.goto(path)
    page.fill("#id_title", "")
    page.fill("#id_content", "Typed without a title")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("This field is required.")).to_be_visible()
    expect(page.locator("#id_content")).to_have_value("Typed without a title")


def test_without_a_connection_the_text_is_kept_and_can_be_saved_later(
    page: Page, path: str
) -> None:
    page.goto(path)
    page.fill("#id_content", "Typed on a train")
    page.context.set_offline(True)
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-saved]:has-text('did not answer')")
    page.context.set_offline(False)
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-saved]:has-text('version 2')")
    expect(page.locator("#id_content")).to_have_value("Typed on a train")


def test_leaving_with_unsaved_text_asks_for_confirmation(page: Page) -> None:
    page.goto("/studio/new")
    page.type("#id_title", "A title")
    dialogs: list[str] = []

    def confirm(dialog: Any) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    page.on("dialog", confirm)
    page.goto("/studio")
    assert dialogs == ["beforeunload"]
    page.goto("/studio/new")
    page.goto("/studio")
    assert dialogs == ["beforeunload"]


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_dropped_or_pasted_image_gets_alt_text_and_its_own_paragraph(
    page: Page, kind: str
) -> None:
    page.goto("/studio/new")
    page.fill("#id_content", "Before\n## The first section")
    page.evaluate("document.querySelector('#id_content').setSelectionRange(7, 7)")
    drop(page, kind, data=picture().read(), mime="image/png")
    expect(page.locator("#image-alt")).to_be_focused()
    page.keyboard.type("A tree")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-preview] img[alt='A tree']")
    text = page.input_value("#id_content")
    assert text.startswith("Before\n\n![A tree](/media/")
    assert text.endswith(")\n\n## The first section")
    expect(page.locator("[data-preview] h2")).to_contain_text("The first section")


def test_each_of_several_dropped_images_gets_alt_text_or_is_skipped(page: Page) -> None:
    page.goto("/studio/new")
    page.evaluate(
        """(data) => {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            for (const name of ["one.png", "two.png"]) {
                dataTransfer.items.add(new File([bytes], name, { type: "image/png" }));
            }
            const options = { bubbles: true, cancelable: true, dataTransfer };
            document.querySelector("#id_content").dispatchEvent(new DragEvent("drop", options));
        }""",
        base64.b64encode(picture().read()).decode(),
    )
    page.fill("#image-alt", "One")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-preview] img[alt='One']")
    expect(page.locator("#image-alt")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".cm-content")).to_be_focused()
    assert page.input_value("#id_content").count("![") == 1


def test_an_error_is_shown_for_a_dropped_file_that_is_not_an_image(page: Page) -> None:
    page.goto("/studio/new")
    page.fill("#id_content", "Before")
    drop(page, "drop", data=b"<html>", mime="image/png")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-image-error]:visible")
    assert page.input_value("#id_content") == "Before"


def test_the_dialog_uploads_an_image_with_alt_text(page: Page, tmp_path: Path) -> None:
    (tmp_path / "tree.png").write_bytes(picture().read())
    page.goto("/studio/new")
    page.click("[data-image-button]")
    page.set_input_files("#image-file", tmp_path / "tree.png")
    page.fill("#image-alt", "A tree")
    page.click("[data-image-dialog] .button:text('Upload')")
    page.wait_for_selector("[data-preview] img[alt='A tree']")


@pytest.mark.slow
def test_a_conflict_shows_the_changes_and_can_be_overwritten(page: Page, path: str) -> None:
    other = page.context.new_page()
    for window in (page, other):
        window.goto(path)
    page.fill("#id_content", "From the first window")
    page.click("[data-save]")
    page.wait_for_selector("[data-saved]:has-text('version 2')")
    other.fill("#id_content", "From the second window")
    other.click("[data-save]")
    other.wait_for_selector(".conflict del:has-text('From the first window')")
    expect(other.locator("#id_content")).to_have_value("From the second window")
    other.click("button:text('Overwrite with my version')")
    other.wait_for_selector("[data-saved]:has-text('version 3')")
    expect(other.locator("#id_content")).to_have_value("From the second window")


def test_a_time_is_also_shown_in_the_time_zone_of_the_browser(
    browser: Browser, server: LiveServer, author: User, at: At, write: Write
) -> None:
    edit_site(time_zone="Europe/Berlin")
    session = at(author).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=server.url, timezone_id="Asia/Tokyo")
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}]
    )
    page = context.new_page()
    page.goto(reverse("studio:post-publish", args=[write("Two").pk]))
    page.get_by_label("At a time").check()
    page.fill("#id_at", "2099-07-01T08:30")
    expect(page.locator("[data-here]")).to_contain_text("1 July at 15:30 Tokyo")
    context.close()
