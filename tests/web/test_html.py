"""The Nu HTML checker on all pages, including those of the studio and the account."""

import json
import re
import subprocess
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from tests.web.pages import PAGES
from tests.web.stories import PASSWORD

OTHER_PATHS = ["/fragments/reader", "/password/reset", "/login/inactive", "/verify"]

pytestmark = pytest.mark.web_tools


def fetch(target: str | Request, opener: OpenerDirector) -> bytes:
    if isinstance(target, str):
        target = quote(target, safe=":/?=@&")
    try:
        with opener.open(target) as response:
            return bytes(response.read())
    except HTTPError as error:
        return error.read()


def log_in(site_url: str) -> OpenerDirector:
    """Return an opener that is logged in as the owner."""
    opener = build_opener(HTTPCookieProcessor())
    form = opener.open(f"{site_url}/login").read().decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[0]
    data = {"csrfmiddlewaretoken": token, "login": "olivia", "password": PASSWORD}
    headers = {"Referer": f"{site_url}/login"}
    opener.open(Request(f"{site_url}/login", urlencode(data).encode(), headers))
    return opener


def own_pages(opener: OpenerDirector, site_url: str) -> dict[str, bytes]:
    """Return the pages of the studio and of the owner's account, one of each kind."""
    paths = ["/studio", "/studio?text=nothing", "/studio?status=deleted", "/studio/new",
             "/studio/pages", "/studio/calendar", "/studio/tags", "/studio/series",
             "/studio/new?kind=page",
             "/studio/images", "/studio/members", "/studio/redirects", "/studio/settings",
             "/studio/import", "/studio/status", "/profile", "/profile/tokens", "/profile/email",
             "/profile/close", "/password/change", "/logout", "/fragments/reader"]  # fmt: skip
    listed = opener.open(f"{site_url}/studio").read().decode()
    post = re.findall(r"/studio/posts/[0-9a-f-]{36}", listed)[0]
    for names in ("tags", "series"):
        listed = opener.open(f"{site_url}/studio/{names}").read().decode()
        paths += re.findall(rf"/studio/{names}/[0-9a-f-]{{36}}", listed)[:1]
    paths += [
        f"{post}/edit",
        f"{post}/preview",
        f"{post}/publish",
        f"{post}/versions",
        f"{post}/links",
        f"{post}/versions/1",
        f"{post}/versions/1/restore",
    ]
    pages = {path: fetch(site_url + path, opener) for path in paths}
    for path, data in {
        "/studio/new": {"content": "Without a title"},
        f"{post}/edit": {"title": "One", "content": "Over another version", "version": "999"},
        f"{post}/publish": {"at": "1066-10-14T09:00"},
        "/studio/redirects": {"old_path": "no path"},
        "/studio/members": {"email": "", "role": "author"},
        "/studio/settings": {"name": ""},
    }.items():
        token = re.findall(rb'name="csrfmiddlewaretoken" value="(\w+)"', pages[path])[0].decode()
        request = Request(
            site_url + path,
            urlencode({**data, "csrfmiddlewaretoken": token}).encode(),
            {"Referer": site_url + path},
        )
        pages[f"POST {path}"] = fetch(request, opener)
    return pages


@pytest.mark.slow
def test_the_html_of_all_pages_is_valid(
    nu_checker: list[str], site_url: str, tmp_path: Path
) -> None:
    anonymous = build_opener()
    pages = {path: fetch(site_url + path, anonymous) for path in [*PAGES, *OTHER_PATHS]}
    pages |= own_pages(log_in(site_url), site_url)
    names = {f"{number:02}.html": path for number, path in enumerate(pages)}
    for name, path in names.items():
        text = pages[path]
        if b"<!doctype" not in text:
            text = b"<!doctype html><html lang=en><title>x</title>" + text
        (tmp_path / name).write_bytes(text)
    checked = subprocess.run(
        [*nu_checker, "--format", "json", "--errors-only", "--exit-zero-always", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=1_200,
        check=True,
    )
    messages = json.loads(checked.stderr)["messages"]
    assert [
        (names[m["url"].rpartition("/")[2]], m["message"], m.get("extract")) for m in messages
    ] == []
