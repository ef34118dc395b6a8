"""The first day of a site, from the setup link to a post in the feeds."""

import io
import json
import re
import urllib.request
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import NewSite, Visitor

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"


def picture(folder: Path) -> Path:
    path = folder / "river.png"
    out = io.BytesIO()
    Image.linear_gradient("L").resize((1000, 600)).save(out, "PNG")
    path.write_bytes(out.getvalue())
    return path


def claim(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Name of the site").fill("The River Times")
    page.get_by_label("Username").fill("olivia")
    page.get_by_label("E-mail address").fill("olivia@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set up the site").click()
    page.wait_for_url("**/studio")


def allow_sign_up(page: Page) -> None:
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Who can sign up").select_option("open")
    page.get_by_label("Role of new accounts").select_option("author")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").or_(page.locator(".messages")).first).to_be_visible()


def log_out(page: Page) -> None:
    page.goto("/logout")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/")


def sign_up(page: Page) -> None:
    page.goto("/signup?next=/studio")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/studio")
    expect(page.locator(".messages")).to_contain_text("Account created for ada")


def log_in(page: Page) -> None:
    page.goto("/profile")
    page.wait_for_url("**/login?next=/profile")
    page.get_by_label("Username or e-mail").fill("ADA@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/profile")


def write(page: Page, image: Path) -> None:
    page.goto("/studio")
    page.get_by_role("link", name="New post").first.click()
    page.get_by_label("Title", exact=True).fill("How the river came back")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Tags", exact=True).fill("Rivers, Cities")
    page.keyboard.press("Escape")
    text = page.locator("textarea[name=content]")
    text.fill("The water was *brown* for a century.\n\n```python\nprint('clear')\n```\n\n")
    expect(page.locator("[data-preview] em")).to_have_text("brown")
    page.get_by_text("Upload an image…").click()
    page.get_by_label("Image", exact=True).set_input_files(image)
    page.get_by_label("Alternative text", exact=True).fill("A river at dawn")
    page.get_by_role("button", name="Upload and insert").click()
    expect(text).to_have_value(re.compile(r"!\[A river at dawn\]\(/media/"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="History")).to_be_visible()


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish…").click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".messages")).to_contain_text("published", ignore_case=True)


def read(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="How the river came back").first.click()
    page.wait_for_url("**/how-the-river-came-back")
    expect(page.get_by_role("heading", level=1)).to_have_text("How the river came back")
    expect(page.locator("article pre")).to_contain_text("print")
    image = page.get_by_role("img", name="A river at dawn")
    image.scroll_into_view_if_needed()
    expect(image).to_be_visible()
    assert image.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0


def search(page: Page) -> None:
    page.goto("/search")
    page.get_by_label("Search words").fill("century brown")
    page.get_by_label("Search words").press("Enter")
    expect(page.locator("main mark").first).to_be_visible()
    page.get_by_role("link", name="How the river came back").click()
    page.wait_for_url("**/how-the-river-came-back")


def fetch(url: str) -> str:
    with urllib.request.urlopen(url) as response:
        text: str = response.read().decode()
        return text


@pytest.mark.slow
def test_a_site_is_set_up_and_a_new_author_publishes_a_post(
    new_site: NewSite, browser: Browser, tmp_path: Path
) -> None:
    owner = Visitor.of(browser, new_site.url)
    claim(owner.page, new_site.claim_link)
    allow_sign_up(owner.page)
    second = owner.page.request.get(new_site.claim_link)
    assert second.status in {404, 410}, "the link works once"

    author = Visitor.of(browser, new_site.url)
    sign_up(author.page)
    log_out(author.page)
    log_in(author.page)
    write(author.page, picture(tmp_path))
    publish(author.page)

    reader = Visitor.of(browser, new_site.url)
    read(reader.page)
    search(reader.page)
    assert "How the river came back" in fetch(f"{new_site.url}/rss.xml")
    assert "brown" in json.loads(fetch(f"{new_site.url}/feed.json"))["items"][0]["content_html"]
    listed = json.loads(fetch(f"{new_site.url}/api/v1/posts"))
    assert [post["slug"] for post in listed["results"]] == ["how-the-river-came-back"]

    log_out(author.page)
    author.page.goto("/studio")
    author.page.wait_for_url("**/login?next=/studio")
    for visitor in (owner, author, reader):
        assert visitor.errors == []
