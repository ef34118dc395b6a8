"""axe-core on every public page, in both themes."""

import pytest
from playwright.sync_api import Browser

from tests.browsers import PATIENCE
from tests.web.pages import PAGES

pytestmark = [pytest.mark.web_tools, pytest.mark.browser]

EVERYTHING = "axe.run(document, {resultTypes: ['violations']})"
COLOURS = "axe.run(document, {resultTypes: ['violations'], runOnly: ['color-contrast']})"


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_everyone_can_use_the_page(browser: Browser, address: str, axe: str, path: str) -> None:
    page = browser.new_page(color_scheme="light", reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(address + path)
        page.evaluate(axe)
        found = page.evaluate(EVERYTHING)["violations"]
        page.emulate_media(color_scheme="dark")
        found += page.evaluate(COLOURS)["violations"]
        assert [
            (violation["id"], node["target"], node["failureSummary"])
            for violation in found
            for node in violation["nodes"]
        ] == []
    finally:
        page.close()
