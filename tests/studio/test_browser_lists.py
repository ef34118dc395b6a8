"""The lists of the studio in a browser: keys, selection, dragging."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, Series
from broadsheet.posts.tasks import carry_out_bulk_change
from tests.browsers import PATIENCE
from tests.studio.conftest import At, Write

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser: Browser, server: LiveServer, editor: User, at: At) -> Iterator[Page]:
    """A page in which the editor is logged in; the browser must report no errors."""
    session = at(editor).cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=server.url, reduced_motion="reduce")
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": server.url}]
    )
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


def test_posts_are_selected_and_changed_by_keyboard(page: Page, write: Write) -> None:
    for title in ("Third", "Second", "First"):
        write(title)
    page.goto("/studio")
    for key in "jjxkx":
        page.keyboard.press(key)
    expect(page.get_by_text("Selected: 2")).to_be_visible()
    page.keyboard.press("#")
    expect(page.get_by_role("heading", name="Delete")).to_be_visible()
    expect(page.locator(".selected-posts")).to_have_text("First Second", use_inner_text=True)


def test_a_slash_goes_to_the_filter_where_letters_are_text(page: Page, write: Write) -> None:
    write("Jam")
    write("Bread")
    page.goto("/studio")
    page.keyboard.press("/")
    page.keyboard.type("jx")
    field = page.get_by_role("searchbox", name="Filter posts")
    expect(field).to_have_value("jx")
    field.fill("jam")
    page.keyboard.press("Enter")
    expect(page.locator("[data-posts] tbody tr")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_url("**/edit")


def test_a_series_is_sorted_by_buttons_and_by_dragging(page: Page, write: Write) -> None:
    for title in "ABC":
        write(title, series="Letters")
    page.goto(f"/studio/series/{Series.objects.get().pk}")
    state, parts = page.locator("[data-sort-state]"), page.locator(".sortable a")
    page.get_by_role("button", name="Move “C” up").click()
    expect(state).to_have_text("The order is saved.")
    expect(parts).to_have_text(["A", "C", "B"])
    expect(page.get_by_role("button", name="Move “C” up")).to_be_focused()
    with page.expect_response("**/sort"):
        page.locator(".sortable li").nth(2).drag_to(page.locator(".sortable li").nth(0))
    expect(parts).to_have_text(["B", "A", "C"])
    page.reload()
    expect(parts).to_have_text(["B", "A", "C"])
    assert [post.title for post in Post.objects.in_series_order()] == ["B", "A", "C"]


def test_the_progress_is_shown_without_a_reload(page: Page, editor: User, write: Write) -> None:
    post = write("One")
    bulk = actions.create_bulk_change([post.pk], by=editor, verb="add_tag", value="Tea")
    page.goto(f"/studio/bulk-changes/{bulk.pk}")
    expect(page.locator("[data-progress] [role=status]")).to_have_text("Running")
    page.evaluate("window.isSamePage = true")
    carry_out_bulk_change.func(str(bulk.pk))
    expect(page.get_by_text("1 post changed.")).to_be_visible()
    assert page.evaluate("window.isSamePage")
