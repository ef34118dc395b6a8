"""The next page is prerendered or prefetched before its link is followed."""

import itertools
import json
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browsers import PATIENCE
from tests.ops.processes import wait_for
from tests.web.devtools import DevTools

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FETCHED = "performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)"
PUBLIC = [
    "/", "/?after=x", "/a-post", "/日本語", "/@ada", "/tag/food", "/series/tea", "/archive",
    "/archive/2026",
]  # fmt: skip
PRIVATE = [
    "/studio", "/studio/posts/1", "/admin/", "/api/v1/posts", "/login", "/logout", "/signup",
    "/profile", "/fragments/reader", "/search", "/search?q=x", "/media/aa/bb/1x1.png",
    "/static/a.css", "/rss.xml", "/@ada/feed.json", "/healthz", "/password/reset",
    "/invitation/x", "/claim/x", "/share/x.png",
]  # fmt: skip
LINK = """(() => {
  const link = document.querySelectorAll("main h2 a")[1];
  link.scrollIntoView({ block: "center" });
  const box = link.getBoundingClientRect();
  return [box.x + 10, box.y + 10, link.href];
})()"""


def send_mouse_events(tab: DevTools, x: float, y: float, *kinds: str) -> None:
    for kind in kinds:
        tab.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


def test_a_prerendered_page_fetches_the_personal_fragment_when_activated(
    site_url: str, chromium: str, tmp_path: Path
) -> None:
    with DevTools.opened(chromium, tmp_path) as tab:
        tab.send("Page.enable")
        tab.send("Preload.enable")
        tab.send("Page.navigate", url=f"{site_url}/")
        tab.wait_for("Page.loadEventFired")
        x, y, href = tab.evaluate(LINK)
        tab.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        tab.wait_for("Preload.prerenderStatusUpdated", status="Ready")
        first, prerendered = tab.page, tab.next_page()
        tab.page = prerendered
        assert tab.evaluate("[location.href, document.prerendering]") == [href, True]
        tab.evaluate("new Promise((later) => setTimeout(later, 300))")
        assert "/fragments/reader" not in tab.evaluate(FETCHED)
        tab.page = first
        send_mouse_events(tab, x, y, "mousePressed", "mouseReleased")
        tab.page = prerendered
        wait_for(
            lambda: "/fragments/reader" in tab.evaluate(FETCHED),
            "the request of the personal fragment",
        )
        [activation_start] = tab.evaluate(
            "performance.getEntriesByType('navigation').map((e) => e.activationStart)"
        )
        assert activation_start > 0


def test_speculation_rules_exclude_all_but_public_pages(site_url: str, browser: Browser) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{site_url}/")
    with urllib.request.urlopen(f"{site_url}/speculation-rules.json") as response:
        assert response.headers["Content-Type"] == "application/speculationrules+json"
        rules = json.load(response)
    where = rules["prerender"][0]["where"]["and"]
    assert where[0] == {"href_matches": "/*"}
    excluded = page.evaluate(
        """([patterns, paths]) => paths.filter((path) => patterns.some((pattern) =>
          new URLPattern(pattern, location.href).test(new URL(path, location.href))))""",
        [where[1]["not"]["href_matches"], PUBLIC + PRIVATE],
    )
    page.close()
    assert excluded == PRIVATE


def test_without_speculation_rules_a_link_is_prefetched_on_hover(
    site_url: str, browser: Browser
) -> None:
    for saves_data, has_rules in itertools.product([False, True], repeat=2):
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(
            f"HTMLScriptElement.supports = (type) => {str(has_rules).lower()} || type === 'module';"
            "Object.defineProperty(navigator, 'connection',"
            f" {{ value: {{ saveData: {str(saves_data).lower()} }} }});"
        )
        page.goto(f"{site_url}/")
        page.locator("main h2 a").nth(1).hover()
        page.wait_for_timeout(250)
        hints = page.locator("link[rel=prefetch]")
        expect(hints).to_have_count(int(not saves_data and not has_rules))
        page.close()
