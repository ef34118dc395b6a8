"""A new site and a browser to visit it with."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browsers import HASTE, PATIENCE
from tests.ops.processes import Server, free_port, wait_for


@dataclass
class NewSite:
    """A site that was started for the first time, and the setup link that it printed."""

    url: str
    claim_link: str
    data: Path


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[NewSite]:
    """Start a site on an empty data folder."""
    if sys.platform != "linux":
        pytest.skip("needs Linux's /proc to end the server it starts")
    port = free_port()
    data = tmp_path / "data"
    server = Server.start(data, ["broadsheet", "serve"], port, PORT=str(port))
    wait_for(lambda: "/claim/" in server.output, "the setup link")
    link = re.search(r"http://\S+/claim/\S+", server.output)
    assert link is not None
    yield NewSite(f"http://127.0.0.1:{port}", link[0], data)
    server.kill()


@dataclass
class Visitor:
    """A person with a separate browser context, and the errors in its console."""

    page: Page
    errors: list[str]

    @classmethod
    def of(cls, browser: Browser, url: str) -> "Visitor":
        """Open a new browser context without motion: skipped transitions are logged as errors."""
        context = browser.new_context(base_url=url, reduced_motion="reduce")
        visitor = cls(context.new_page(), [])
        visitor.page.set_default_timeout(PATIENCE)
        visitor.page.on("console", visitor._record)
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        return visitor

    def _record(self, message: object) -> None:
        text = str(getattr(message, "text", message))
        if getattr(message, "type", "") in {"error", "warning"} and HASTE not in text:
            self.errors.append(text)
