"""Images in a browser: no layout shifts, and lazy loading below the fold."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browsers import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = "/four-pictures"
RECORD_LAYOUT_SHIFTS = """
  window.moved = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) window.moved += shift.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
# Waits until the fonts are loaded, and the layout shifts that they cause are recorded.
SETTLED = """document.fonts.ready.then(() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 200)))))"""
# The displayed width of each image, and the width that its `sizes` declares.
WIDTHS = """[...document.querySelectorAll("main picture:has(source)")].map((picture) => {
  const said = picture.querySelector("source").sizes.split(", ").map((part) =>
    /^(?:([(].*[)]) )?([^ ]+)$/.exec(part)).find(([, when]) => !when || matchMedia(when).matches);
  const ruler = document.body.appendChild(document.createElement("div"));
  ruler.style.cssText = `position: absolute; inline-size: ${said[2]}`;
  const widths = [picture.querySelector("img"), ruler].map((e) => e.getBoundingClientRect().width);
  ruler.remove();
  return widths;
})"""


class Gate:
    """Holds requests until it is opened."""

    def __init__(self) -> None:
        self.held: list[Route] = []
        self._action: Callable[[Route], None] = self.held.append

    def handle(self, route: Route) -> None:
        self._action(route)

    def open(self, do: Callable[[Route], None] = Route.continue_) -> None:
        """Do this with the held requests and with all later ones."""
        self._action = do
        for route in self.held:
            do(route)


@pytest.fixture
def page(browser: Browser, site_url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site_url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.add_init_script(RECORD_LAYOUT_SHIFTS)
    yield page
    context.close()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
@pytest.mark.parametrize("path", ["/", PICTURES])
def test_images_cause_no_layout_shift_and_load_lazily_below_the_fold(
    page: Page, path: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    gate = Gate()
    page.route("**/media/**", gate.handle)
    with page.expect_request("**/media/**"):
        page.goto(path, wait_until="domcontentloaded")
    page.wait_for_timeout(500)
    images = page.locator("main img")
    assert {image.evaluate("(i) => i.complete") for image in images.all()} == {False}
    assert gate.held
    if path == PICTURES:
        assert len(gate.held) < images.count()
    page.evaluate(SETTLED)
    before = page.evaluate("window.moved")
    gate.open()
    page.wait_for_timeout(300)
    for image in images.all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
    page.wait_for_timeout(200)
    assert page.evaluate("window.moved") == before < 0.001


def test_only_the_first_image_has_high_priority_and_others_are_lazy(page: Page) -> None:
    page.goto("/")
    first, *others = page.locator("main img").all()
    assert first.get_attribute("fetchpriority") == "high"
    assert first.get_attribute("loading") is None
    assert {image.get_attribute("loading") for image in others} == {"lazy"}
    page.goto(PICTURES)
    cover, *others = page.locator("main img").all()
    assert cover.get_attribute("fetchpriority") == "high"
    assert {image.get_attribute("loading") for image in others} == {"lazy"}
    assert {image.get_attribute("decoding") for image in [cover, *others]} == {"async"}


def test_a_placeholder_colour_is_shown_until_the_image_loads_or_fails(page: Page) -> None:
    gate = Gate()
    page.route("**/media/**", gate.handle)
    page.goto(PICTURES, wait_until="domcontentloaded")
    image = page.locator(".prose img").first
    tone = (image.get_attribute("src") or "").rsplit("-", 1)[1][:3]
    levels = ", ".join(str(int(digit, 16) * 17) for digit in tone)
    expect(image).to_have_css("background-color", f"rgb({levels})")
    image.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    gate.open(Route.abort)
    expect(image).not_to_have_css("background-color", f"rgb({levels})")


SLOW = pytest.mark.slow  # further widths


@pytest.mark.parametrize(
    "width",
    [390, 1440, *(pytest.param(width, marks=SLOW) for width in (820, 1000, 1920))],
)
@pytest.mark.parametrize("path", ["/", PICTURES])
def test_the_sizes_of_an_image_match_its_displayed_width(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    for shown, declared in page.evaluate(WIDTHS):
        assert 0.99 * shown <= declared <= 1.4 * shown
