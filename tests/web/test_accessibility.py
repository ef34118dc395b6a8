"""axe-core on every public page, in both themes."""

import pytest
from playwright.sync_api import Browser

from tests.browsers import PATIENCE
from tests.web.pages import PAGES

pytestmark = [pytest.mark.web_tools, pytest.mark.browser]

ALL_RULES = "axe.run(document, {resultTypes: ['violations']})"
COLOUR_CONTRAST = "axe.run(document, {resultTypes: ['violations'], runOnly: ['color-contrast']})"


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_the_page_has_no_accessibility_violations(
    browser: Browser, site_url: str, axe: str, path: str
) -> None:
    page = browser.new_page(color_scheme="light", reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(site_url + path)
        page.evaluate(axe)
        violations = page.evaluate(ALL_RULES)["violations"]
        page.emulate_media(color_scheme="dark")
        violations += page.evaluate(COLOUR_CONTRAST)["violations"]
        assert [
            (violation["id"], node["target"], node["failureSummary"])
            for violation in violations
            for node in violation["nodes"]
        ] == []
    finally:
        page.close()
