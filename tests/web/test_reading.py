"""Reading in a browser: sizes, themes, and what JavaScript adds to pages that work without it."""

import gzip
import re
import urllib.request
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browsers import HASTE, PATIENCE
from tests.web.pages import LONG, PAGES, POST
from tests.web.stories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAPER, DARK_PAPER = "rgb(251, 250, 247)", "rgb(22, 21, 19)"
BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", [320, 820, 1440])
def test_no_page_is_wider_than_its_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_post_with_its_style_sheet_is_under_20_kilobytes_on_the_wire(address: str) -> None:
    page = _compressed(address + POST)
    html = gzip.decompress(page).decode()
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
    assert sheets
    sizes = [len(page), *(len(_compressed(urljoin(address, sheet))) for sheet in sheets)]
    assert sum(sizes) < 20_000, sizes


def _compressed(url: str) -> bytes:
    """Return what is sent to a browser that takes gzip."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        body: bytes = response.read()
        return body


def test_a_line_has_about_66_characters(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(LONG)
    page.evaluate("document.fonts.ready.then(() => true)")
    lines = page.evaluate("""() => {
        const p = document.querySelector(".prose p"), text = p.firstChild, range = new Range();
        const tops = new Map();
        for (let i = 0; i < text.length; i++) {
            range.setStart(text, i); range.setEnd(text, i + 1);
            const top = Math.round(range.getBoundingClientRect().top);
            tops.set(top, (tops.get(top) ?? 0) + 1);
        }
        return [...tops.values()].slice(0, -1);
    }""")
    assert 60 <= sum(lines) / len(lines) <= 70


@pytest.mark.parametrize("path", ["/", POST])
def test_nothing_moves_when_the_fonts_arrive_late(page: Page, path: str) -> None:
    page.add_init_script("""
        window.moved = 0;
        new PerformanceObserver((list) => {
            for (const shift of list.getEntries()) window.moved += shift.value;
        }).observe({ type: "layout-shift", buffered: true });
    """)

    def hold(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route(re.compile(r"\.woff2$"), hold)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(path)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(300)
    assert page.evaluate("window.moved") < 0.02


def test_the_chosen_theme_is_there_before_the_first_paint(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    assert page.evaluate(BACKGROUND) == PAPER
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(BACKGROUND) == DARK_PAPER
    page.route(re.compile(r"read\.[^/]*js$"), lambda route: route.abort())
    page.goto(POST)
    assert page.evaluate(BACKGROUND) == DARK_PAPER


def test_without_a_choice_the_system_decides(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    assert page.evaluate(BACKGROUND) == DARK_PAPER


def test_without_javascript_everything_can_be_read(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(POST)
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_role("link", name="youtube.com/watch")).to_be_visible()
    expect(page.get_by_text("The nightly report compared")).to_be_visible()
    expect(page.locator(".themes")).to_be_hidden()
    context.close()


def test_the_policy_of_the_site_stops_nothing_of_its_own(page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.on("pageerror", lambda error: refused.append(str(error)))
    for path in ("/", POST, "/search?q=promise"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert [text for text in refused if HASTE not in text] == []


def test_a_listing_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # The word stays, or a slow machine would look when it is gone again.
    page.add_init_script("globalThis.setTimeout = () => 0")
    page.goto("/six-listings")
    page.get_by_role("button", name="Copy").nth(4).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("SELECT title, count(*)")


def test_a_player_is_loaded_by_a_click_and_not_before(page: Page) -> None:
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route(re.compile("youtube"), refuse)
    page.goto(POST)
    assert asked == []
    with page.expect_event("requestfailed", lambda request: "youtube" in request.url):
        page.get_by_role("button", name="Load from YouTube").click()
    expect(page.locator("iframe")).to_have_attribute("title", re.compile("^YouTube"))
    assert len(asked) == 1


def test_slash_goes_to_the_search(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("promise")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A queue is a promise")).to_be_visible()


def test_the_front_page_goes_by_rows_the_newest_first(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/")
    boxes = page.locator(".stories .story").evaluate_all(
        "stories => stories.map((s) => s.getBoundingClientRect()).map((b) => [b.top, b.left])"
    )
    assert len({left for _, left in boxes}) == 3
    assert boxes == sorted(boxes)


def test_a_lead_whose_cover_is_lost_is_set_as_one_without(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.route("**/media/**", lambda route: route.abort())
    page.goto("/")
    expect(page.locator(".is-lead .cover")).to_be_hidden()
    headline = page.locator(".is-lead h2").bounding_box()
    assert headline is not None
    assert abs(headline["x"] + headline["width"] / 2 - 640) < 2


def test_each_part_of_a_byline_stands_by_itself_whatever_way_the_text_runs(page: Page) -> None:
    page.goto("/عن-صنعة-الحرف")
    name, day, minutes = page.locator(".byline .meta bdi").evaluate_all(
        "parts => parts.map((p) => p.getBoundingClientRect()).map((b) => [b.left, b.right])"
    )
    assert name[0] - day[1] > 5
    assert day[0] - minutes[1] > 5


def test_who_is_logged_in_is_never_shown_the_way_in(page: Page) -> None:
    page.goto("/login")
    page.locator("[name=login]").fill("olivia")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto("/")
    expect(page.get_by_role("button", name="Olivia Marsh")).to_be_visible()
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/fragments/reader", hold)
    page.goto("/archive")
    expect(page.get_by_role("link", name="Log in")).to_be_hidden()
    before = page.locator("[data-search]").bounding_box()
    while not waiting:
        page.wait_for_timeout(20)
    waiting[0].continue_()
    expect(page.get_by_role("button", name="Olivia Marsh")).to_be_visible()
    assert page.locator("[data-search]").bounding_box() == before
    page.unroute("**/fragments/reader")
    page.get_by_role("button", name="Olivia Marsh").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    page.goto("/archive")
    page.route("**/fragments/reader", hold)
    page.reload()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_footnotes_stand_beside_the_line_that_calls_them(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(POST)
    page.evaluate("document.fonts.ready.then(() => true)")
    note = page.get_by_text("The nightly report compared")
    expect(page.locator(".is-beside")).to_have_count(1)
    call = page.get_by_role("link", name="1", exact=True).bounding_box()
    box = note.bounding_box()
    assert call is not None
    assert box is not None
    assert box["x"] > call["x"]
    assert abs(box["y"] - call["y"]) < 60


def test_the_first_key_leads_past_the_header(page: Page) -> None:
    page.goto(POST)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_paper_shows_where_links_lead(page: Page) -> None:
    page.goto(POST)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    link = page.get_by_role("link", name="manual page of")
    after = link.evaluate("e => getComputedStyle(e, '::after').content")
    assert "man7.org" in after


def test_the_math_font_is_loaded_where_there_is_a_formula_and_only_there(page: Page) -> None:
    """By what the browser says it has loaded of the two files of the font."""
    page.goto("/")
    loaded = """async () => {
        await document.fonts.ready;
        return [...document.fonts]
            .filter((face) => /Math/.test(face.family) && face.status === "loaded").length;
    }"""
    assert page.evaluate(loaded) == 0
    page.goto(POST)  # which has formulas
    page.wait_for_function(
        "[...document.fonts].some((f) => /Math/.test(f.family) && f.status === 'loaded')"
    )
    assert page.evaluate(loaded) >= 1
