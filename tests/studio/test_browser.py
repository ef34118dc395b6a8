"""The studio in a browser: what its script adds."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from broadsheet.accounts.models import User
from tests.browsers import PATIENCE
from tests.studio.conftest import At, Write
from tests.studio.test_images import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def path(write: Write) -> str:
    """Where a post of the author's is edited."""
    return reverse("studio:post-edit", args=[write("One", content="As it was").pk])


@pytest.fixture
def page(browser: Browser, server: LiveServer, author: User, at: At, path: str) -> Iterator[Page]:
    """A page in which the author is logged in; nothing may be refused by the browser."""
    session = at(author).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(
        base_url=server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}]
    )
    tab = context.new_page()
    context.set_default_timeout(PATIENCE)
    refused: list[str] = []
    tab.on("console", lambda m: refused.append(m.text) if "Security" in m.text else None)
    tab.on("pageerror", lambda error: refused.append(str(error)))
    yield tab
    context.close()
    assert refused == []


def drop(page: Page, kind: str, *, data: bytes, mime: str) -> None:
    """Let go of a file over the text, or paste it there."""
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


def test_the_preview_follows_what_is_typed(page: Page) -> None:
    page.goto("/studio/new")
    page.fill("#id_content", "Some *words*.")
    page.wait_for_selector("[data-preview] em:text-is('words')")
    page.fill("#id_content", "Other **ones**.")
    page.wait_for_selector("[data-preview] strong:text-is('ones')")
    page.click("[data-preview-button]")
    assert page.is_hidden("[data-preview]")


def test_saving_by_key_and_the_word_that_something_is_not_saved(page: Page, path: str) -> None:
    page.goto(path)
    assert "version 1" in page.inner_text("[data-saved]")
    page.fill("#id_content", "New text")
    assert page.inner_text("[data-saved]") == "Not saved yet"
    page.keyboard.press("Control+s")
    page.wait_for_selector("[data-saved]:has-text('version 2')")
    expect(page.locator("#id_content")).to_have_value("New text")


def test_the_browser_asks_before_typed_text_is_lost(page: Page) -> None:
    page.goto("/studio/new")
    page.type("#id_title", "A title")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay)
    page.goto("/studio")
    assert asked == ["beforeunload"]
    page.goto("/studio/new")
    page.goto("/studio")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_an_image_that_is_dropped_or_pasted_is_written_into_the_text(page: Page, kind: str) -> None:
    page.goto("/studio/new")
    page.fill("#id_content", "Before\n\n")
    drop(page, kind, data=picture().read(), mime="image/png")
    page.wait_for_selector("[data-preview] img")
    assert page.input_value("#id_content").startswith("Before\n\n![](/media/")


def test_what_is_no_image_is_refused_in_words(page: Page) -> None:
    page.goto("/studio/new")
    page.fill("#id_content", "Before")
    drop(page, "drop", data=b"<html>", mime="image/png")
    page.wait_for_selector("[data-image-error]:visible")
    assert page.input_value("#id_content") == "Before"


def test_the_dialog_uploads_with_a_description(page: Page, tmp_path: Path) -> None:
    (tmp_path / "tree.png").write_bytes(picture().read())
    page.goto("/studio/new")
    page.click("[data-image-button]")
    page.set_input_files("#image-file", tmp_path / "tree.png")
    page.fill("#image-alt", "A tree")
    page.click("[data-image-dialog] .button:text('Upload')")
    page.wait_for_selector("[data-preview] img[alt='A tree']")


@pytest.mark.slow
def test_a_second_window_is_shown_the_difference_and_decides(page: Page, path: str) -> None:
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
    other.click("button:text('Save mine over it')")
    other.wait_for_selector("[data-saved]:has-text('version 3')")
    expect(other.locator("#id_content")).to_have_value("From the second window")
