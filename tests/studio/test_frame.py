"""The frame of the editor in a browser: bar, menu, settings panel and publish dialog."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from tests.browsers import PATIENCE
from tests.studio.conftest import At, Write
from tests.web.conftest import tool

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

type Open = Callable[..., Page]
DESK, PHONE = (1440, 900), (390, 844)
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


@pytest.fixture
def post(write: Write) -> Post:
    """A draft by the author."""
    return write("One", content="Some words", excerpt="In short")


@pytest.fixture
def open_editor(
    browser: Browser, server: LiveServer, author: User, at: At, post: Post
) -> Iterator[Open]:
    """Return a function that opens the editor; the browser must report no errors."""
    session = at(author).cookies[settings.SESSION_COOKIE_NAME].value
    errors: list[str] = []
    contexts = []

    def open_at(size: tuple[int, int] = DESK, **options: bool) -> Page:
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
            java_script_enabled=options.get("scripts", True),
        )
        contexts.append(context)
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}]
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda m: errors.append(m.text) if "Security" in m.text else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(reverse("studio:post-edit", args=[post.pk]))
        if options.get("scripts", True):
            page.wait_for_selector(".cm-content")
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert errors == []


def panel_is_open(page: Page) -> bool:
    return page.locator("#settings").is_visible()


@SIZES
def test_the_bar_is_one_line_and_nothing_scrolls_sideways(
    open_editor: Open, size: tuple[int, int]
) -> None:
    page = open_editor(size)
    height = page.evaluate("document.querySelector('.studio-bar').offsetHeight")
    assert height == (49 if size == DESK else 53)
    for state in ("plain", "panel"):
        if state == "panel":
            page.keyboard.press("Control+,")
            expect(page.locator("#settings")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_settings_open_and_close_with_keys_and_the_focus_goes_back(open_editor: Open) -> None:
    page = open_editor()
    assert not panel_is_open(page)
    page.click(".cm-content")
    page.keyboard.press("Control+,")
    expect(page.locator("#settings")).to_be_focused()
    expect(page.get_by_role("button", name="Settings")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("F6")
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.press("F6")
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_hidden()
    expect(page.locator(".cm-content")).to_be_focused()


def test_on_a_phone_the_settings_are_a_sheet_behind_one_button(open_editor: Open) -> None:
    page = open_editor(PHONE)
    page.get_by_role("button", name="Preview, history, settings").click()
    page.get_by_role("button", name="Settings", exact=True).click()
    box = page.locator("#settings").bounding_box()
    assert box is not None
    assert box["y"] > 200
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_hidden()


def test_the_menu_is_hidden_while_writing_and_behind_one_button_on_a_phone(
    open_editor: Open,
) -> None:
    page = open_editor()
    menu = page.locator("#studio-menu")
    expect(menu).to_be_hidden()
    page.keyboard.press("Control+\\")
    expect(menu).to_be_visible()
    page.keyboard.press("Control+\\")
    expect(menu).to_be_hidden()
    page.goto("/studio")
    expect(menu).to_be_visible()
    phone = open_editor(PHONE, scripts=False)
    phone.goto("/studio")
    menu = phone.locator("#studio-menu")
    expect(menu).to_be_hidden()
    phone.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()


def test_without_scripts_the_settings_are_below_the_text(open_editor: Open) -> None:
    page = open_editor(scripts=False)
    page.fill("#id_excerpt", "Shorter")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_excerpt")).to_have_value("Shorter")
    page.get_by_role("button", name="Publish…").click()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator(".messages")).to_contain_text("“One” is published.")


def test_an_error_in_the_settings_opens_them(open_editor: Open) -> None:
    page = open_editor()
    page.keyboard.press("Control+,")
    page.fill("#id_slug", "not a slug")
    expect(page.locator("[data-slug-state]")).to_contain_text("Use only letters")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".errors")
    expect(page.locator("#id_slug")).to_be_visible()


def test_tags_are_suggested_for_the_last_name(open_editor: Open, write: Write) -> None:
    write("Two", tags=["Tides", "Tea"], status="published")
    page = open_editor()
    page.keyboard.press("Control+,")
    page.fill("#id_tags", "Other, ti")
    option = page.locator("#id_tags-names option")
    expect(option).to_have_attribute("value", "Other, Tides")


def test_the_previews_follow_the_fields(open_editor: Open) -> None:
    page = open_editor()
    page.keyboard.press("Control+,")
    page.fill("#id_seo_title", "For searches")
    page.fill("#id_excerpt", "Very short")
    expect(page.locator("[data-show=search-title]")).to_have_text("For searches")
    expect(page.locator("[data-show=text]")).to_have_text("Very short")


@SIZES
def test_publishing_is_a_dialog_that_saves_first_and_can_be_undone(
    open_editor: Open, post: Post, size: tuple[int, int]
) -> None:
    page = open_editor(size)
    page.fill("#id_subtitle", "Added just now")
    page.keyboard.press("Control+Enter")
    button = page.locator("dialog[open] [data-publish-submit]")
    expect(button).to_have_text("Publish now")
    page.check("[name=when][value=at]")
    page.fill("#id_at", "2099-12-24T09:00")
    expect(button).to_contain_text("Schedule for")
    page.fill("#id_at", "2001-12-24T09:00")
    expect(button).to_contain_text("Publish with the date")
    page.check("[name=readers][value=link]")
    expect(button).to_have_text("Publish for people with the link")
    page.check("[name=readers][value=everyone]")
    expect(button).to_have_text("Publish now")
    page.keyboard.press("Control+Enter")
    notice = page.locator("[data-change-notice]")
    expect(notice.locator("input")).to_have_value(f"{settings.SITE_URL}/one")
    post.refresh_from_db()
    assert (post.status, post.subtitle) == ("published", "Added just now")
    notice.get_by_role("button", name="Undo").click()
    expect(page.locator(".messages")).to_contain_text("Undone.")
    post.refresh_from_db()
    assert post.status == "draft"


def test_closing_the_dialog_changes_nothing(open_editor: Open, post: Post) -> None:
    page = open_editor()
    page.get_by_role("button", name="Publish…").click()
    expect(page.locator("dialog[open] [data-publish-submit]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-publish-dialog]")).to_be_hidden()
    expect(page.get_by_role("button", name="Publish…")).to_be_focused()
    post.refresh_from_db()
    assert post.status == "draft"


def test_a_question_mark_shows_the_keys(open_editor: Open) -> None:
    page = open_editor()
    page.keyboard.press("?")
    expect(page.locator(".help-dialog")).to_contain_text("Settings")


@pytest.mark.web_tools
@SIZES
def test_every_state_is_accessible(open_editor: Open, size: tuple[int, int]) -> None:
    axe = tool("axe-core/axe.min.js").read_text()
    page = open_editor(size)

    def check(state: str) -> None:
        page.evaluate(axe)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            names = [(v["id"], n["target"]) for v in found["violations"] for n in v["nodes"]]
            assert names == [], state

    check("editor")
    page.keyboard.press("Control+,")
    page.fill("#id_slug", "not a slug")
    expect(page.locator("[data-slug-state]")).to_be_visible()
    check("settings with an error")
    page.fill("#id_slug", "one")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog[open] [data-publish-submit]")).to_be_visible()
    check("publish dialog")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-change-notice]")).to_be_visible()
    check("published")
    page.goto("/studio")
    check("posts")
