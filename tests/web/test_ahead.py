"""The next page is made ready before its link is followed."""

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
PLACE = """(() => {
  const link = document.querySelectorAll("main h2 a")[1];
  link.scrollIntoView({ block: "center" });
  const box = link.getBoundingClientRect();
  return [box.x + 10, box.y + 10, link.href];
})()"""


def point(tab: DevTools, x: float, y: float, *kinds: str) -> None:
    for kind in kinds:
        tab.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


def test_a_page_is_rendered_ahead_and_asks_who_reads_once_it_is_seen(
    address: str, chromium: str, tmp_path: Path
) -> None:
    with DevTools.opened(chromium, tmp_path) as tab:
        tab.send("Page.enable")
        tab.send("Preload.enable")
        tab.send("Page.navigate", url=f"{address}/")
        tab.wait_for("Page.loadEventFired")
        x, y, href = tab.evaluate(PLACE)
        tab.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        tab.wait_for("Preload.prerenderStatusUpdated", status="Ready")
        first, ahead = tab.page, tab.next_page()
        tab.page = ahead
        assert tab.evaluate("[location.href, document.prerendering]") == [href, True]
        tab.evaluate("new Promise((later) => setTimeout(later, 300))")
        assert "/fragments/reader" not in tab.evaluate(FETCHED)
        tab.page = first
        point(tab, x, y, "mousePressed", "mouseReleased")
        tab.page = ahead
        wait_for(lambda: "/fragments/reader" in tab.evaluate(FETCHED), "asking who reads")
        [seen_after] = tab.evaluate(
            "performance.getEntriesByType('navigation').map((e) => e.activationStart)"
        )
        assert seen_after > 0


def test_rules_leave_out_all_but_pages_that_are_the_same_for_everyone(
    address: str, browser: Browser
) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/")
    with urllib.request.urlopen(f"{address}/speculation-rules.json") as answer:
        assert answer.headers["Content-Type"] == "application/speculationrules+json"
        rules = json.load(answer)
    where = rules["prerender"][0]["where"]["and"]
    assert where[0] == {"href_matches": "/*"}
    left_out = page.evaluate(
        """([patterns, paths]) => paths.filter((path) => patterns.some((pattern) =>
          new URLPattern(pattern, location.href).test(new URL(path, location.href))))""",
        [where[1]["not"]["href_matches"], PUBLIC + PRIVATE],
    )
    page.close()
    assert left_out == PRIVATE


def test_without_rules_a_page_is_fetched_where_the_pointer_rests(
    address: str, browser: Browser
) -> None:
    for saves_data, has_rules in itertools.product([False, True], repeat=2):
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(
            f"HTMLScriptElement.supports = (type) => {str(has_rules).lower()} || type === 'module';"
            "Object.defineProperty(navigator, 'connection',"
            f" {{ value: {{ saveData: {str(saves_data).lower()} }} }});"
        )
        page.goto(f"{address}/")
        page.locator("main h2 a").nth(1).hover()
        page.wait_for_timeout(250)
        hints = page.locator("link[rel=prefetch]")
        expect(hints).to_have_count(int(not saves_data and not has_rules))
        page.close()
