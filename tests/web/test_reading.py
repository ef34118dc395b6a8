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
def page(browser: Browser, site_url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site_url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", [320, 820, 1440])
def test_no_page_is_wider_than_the_viewport(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_post_with_its_stylesheet_is_under_20_kilobytes_compressed(site_url: str) -> None:
    page = _compressed(site_url + POST)
    html = gzip.decompress(page).decode()
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
    assert sheets
    sizes = [len(page), *(len(_compressed(urljoin(site_url, sheet))) for sheet in sheets)]
    assert sum(sizes) < 20_000, sizes


def _compressed(url: str) -> bytes:
    """Return the response to a browser that accepts gzip."""
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
def test_late_fonts_cause_almost_no_layout_shift(page: Page, path: str) -> None:
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


def test_the_chosen_theme_is_applied_before_the_first_paint(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    assert page.evaluate(BACKGROUND) == PAPER
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(BACKGROUND) == DARK_PAPER
    page.route(re.compile(r"read\.[^/]*js$"), lambda route: route.abort())
    page.goto(POST)
    assert page.evaluate(BACKGROUND) == DARK_PAPER


def test_the_theme_follows_the_system_by_default(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    assert page.evaluate(BACKGROUND) == DARK_PAPER


def test_everything_is_readable_without_javascript(browser: Browser, site_url: str) -> None:
    context = browser.new_context(base_url=site_url, java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(POST)
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_role("link", name="youtube.com/watch")).to_be_visible()
    expect(page.get_by_text("The nightly report compared")).to_be_visible()
    expect(page.locator(".themes")).to_be_hidden()
    context.close()


def test_the_content_security_policy_blocks_nothing_of_the_site(page: Page) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    for path in ("/", POST, "/search?q=promise"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert [text for text in messages if HASTE not in text] == []


def test_a_code_block_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # Keep “Copied” on the button, or a slow machine would check after it is gone.
    page.add_init_script("globalThis.setTimeout = () => 0")
    page.goto("/six-listings")
    page.get_by_role("button", name="Copy").nth(4).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("SELECT title, count(*)")


def test_a_video_player_is_loaded_only_on_click(page: Page) -> None:
    requests: list[str] = []

    def abort(route: Route) -> None:
        requests.append(route.request.url)
        route.abort()

    page.route(re.compile("youtube"), abort)
    page.goto(POST)
    assert requests == []
    with page.expect_event("requestfailed", lambda request: "youtube" in request.url):
        page.get_by_role("button", name="Load from YouTube").click()
    expect(page.locator("iframe")).to_have_attribute("title", re.compile("^YouTube"))
    assert len(requests) == 1


def test_the_slash_key_opens_the_search(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("promise")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A queue is a promise")).to_be_visible()


def test_the_home_page_orders_posts_by_row(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/")
    boxes = page.locator(".stories .story").evaluate_all(
        "stories => stories.map((s) => s.getBoundingClientRect()).map((b) => [b.top, b.left])"
    )
    assert len({left for _, left in boxes}) == 3
    assert boxes == sorted(boxes)


def test_a_lead_post_whose_cover_fails_to_load_looks_like_one_without(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.route("**/media/**", lambda route: route.abort())
    page.goto("/")
    expect(page.locator(".is-lead .cover")).to_be_hidden()
    headline = page.locator(".is-lead h2").bounding_box()
    assert headline is not None
    assert abs(headline["x"] + headline["width"] / 2 - 640) < 2


def test_the_parts_of_a_byline_do_not_overlap_in_right_to_left_text(page: Page) -> None:
    page.goto("/عن-صنعة-الحرف")
    name, day, minutes = page.locator(".byline .meta bdi").evaluate_all(
        "parts => parts.map((p) => p.getBoundingClientRect()).map((b) => [b.left, b.right])"
    )
    assert name[0] - day[1] > 5
    assert day[0] - minutes[1] > 5


def test_logged_in_users_never_see_the_login_link(page: Page) -> None:
    page.goto("/login")
    page.locator("[name=login]").fill("olivia")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto("/")
    expect(page.get_by_role("button", name="Olivia Marsh")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/fragments/reader", hold)
    page.goto("/archive")
    expect(page.get_by_role("link", name="Log in")).to_be_hidden()
    before = page.locator("[data-search]").bounding_box()
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
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


def test_a_footnote_is_shown_beside_the_line_that_refers_to_it(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(POST)
    page.evaluate("document.fonts.ready.then(() => true)")
    note = page.get_by_text("The nightly report compared")
    expect(page.locator(".is-beside")).to_have_count(1)
    reference = page.get_by_role("link", name="1", exact=True).bounding_box()
    box = note.bounding_box()
    assert reference is not None
    assert box is not None
    assert box["x"] > reference["x"]
    assert abs(box["y"] - reference["y"]) < 60


def test_the_first_tab_stop_is_the_link_that_skips_the_header(page: Page) -> None:
    page.goto(POST)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_urls_of_links_are_printed(page: Page) -> None:
    page.goto(POST)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    link = page.get_by_role("link", name="manual page of")
    after = link.evaluate("e => getComputedStyle(e, '::after').content")
    assert "man7.org" in after


def test_the_math_font_is_loaded_only_on_pages_with_formulas(page: Page) -> None:
    """Count the font's two files that the browser has loaded."""
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


def test_the_sign_of_a_root_is_drawn(page: Page) -> None:
    page.goto(POST)
    page.wait_for_function(
        "[...document.fonts].some((f) => /Math/.test(f.family) && f.status === 'loaded')"
    )
    root, content = page.evaluate(
        """() => {
            const formula = document.createElement("p");
            formula.innerHTML =
                "<math><mfrac><msqrt><mi>π</mi></msqrt><mn>2</mn></mfrac></math>";
            document.querySelector(".prose").append(formula);
            const element = formula.querySelector("msqrt");
            return [element, element.firstElementChild].map(
                (e) => e.getBoundingClientRect().width
            );
        }"""
    )
    assert root > content + 5  # pixels
