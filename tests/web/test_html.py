"""The Nu HTML checker on every public page."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.web.pages import PAGES

pytestmark = pytest.mark.web_tools


def fetch(url: str) -> bytes:
    try:
        with urllib.request.urlopen(urllib.parse.quote(url, safe=":/?=@&")) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()


@pytest.mark.slow
def test_the_html_of_every_page_is_without_an_error(
    nu_checker: list[str], address: str, tmp_path: Path
) -> None:
    for number, path in enumerate([*PAGES, "/fragments/reader"]):
        text = fetch(address + path)
        if b"<!doctype" not in text:
            text = b"<!doctype html><html lang=en><title>x</title>" + text
        (tmp_path / f"{number:02}.html").write_bytes(text)
    checked = subprocess.run(
        [*nu_checker, "--format", "json", "--errors-only", "--exit-zero-always", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=1_200,
        check=True,
    )
    messages = json.loads(checked.stderr)["messages"]
    assert [
        (PAGES[int(m["url"].rpartition("/")[2][:2])], m["message"], m.get("extract"))
        for m in messages
    ] == []
