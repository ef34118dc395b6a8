"""Searching in a browser: suggestions while typing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsers import HASTE, PATIENCE
from tests.web.pages import POST

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(browser: Browser, site_url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site_url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_titles_are_suggested_while_typing_and_open_the_post(page: Page) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto(POST)
    title = page.locator("h1").first.inner_text()
    page.goto("/search")
    field = page.get_by_role("combobox")
    field.press_sequentially(title.split()[0][:5].lower())
    suggestions = page.locator("#suggestions option")
    expect(suggestions.first).to_be_attached()
    assert title in [option.get_attribute("value") for option in suggestions.all()]
    # What a browser does when a suggestion is chosen.
    field.evaluate(
        """(field, title) => {
            field.value = title;
            field.dispatchEvent(new InputEvent("input", { inputType: "insertReplacementText" }));
        }""",
        title,
    )
    page.wait_for_url(f"**{POST}")
    assert [text for text in errors if HASTE not in text] == []


def test_the_search_page_shows_its_filters(page: Page) -> None:
    page.goto("/search?q=the&tag=nothing")
    expect(page.get_by_label("Tag")).to_be_visible()
    expect(page.get_by_label("From")).to_have_attribute("type", "date")
    expect(page.get_by_text("No post has the tag “nothing”.")).to_be_visible()
