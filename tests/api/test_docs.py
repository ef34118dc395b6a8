"""docs/api.md: its examples run, and it lists every URL and problem type."""

import io
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow

from broadsheet.accounts.actions import create_token
from broadsheet.accounts.models import User
from broadsheet.api.exceptions import KINDS
from broadsheet.posts import actions

DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"```sh\n(curl .*?)```", DOCS, re.DOTALL)


def _run(example: str, variables: dict[str, str]) -> Any:
    """Send the request of a curl command."""
    for name, value in variables.items():
        example = example.replace(f"${name}", value.replace('"', '\\"'))
    _curl, *words = shlex.split(example.replace("\\\n", " "))
    method, url, data, headers, form = "", "", "", {}, {}
    while words:
        match words.pop(0):
            case "-X":
                method = words.pop(0)
            case "-H":
                name, value = words.pop(0).split(": ", 1)
                headers[name] = value
            case "-d":
                data = words.pop(0)
            case "-F":
                name, value = words.pop(0).split("=", 1)
                form[name] = _jpeg(value[1:]) if value.startswith("@") else value
            case argument:
                url = argument
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}"
    if form:
        return Client().post(path, form, headers=headers)
    content_type = headers.pop("Content-Type", "")
    method = method or ("POST" if data else "GET")
    return Client().generic(method, path, data, content_type, headers=headers)


def _jpeg(name: str) -> SimpleUploadedFile:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 4), "red").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue())


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_succeeds(number: int, author: User) -> None:
    post = actions.create(by=author, title="Draft", content="One.")
    post = actions.edit(post, by=author, version=1, content="Two.")
    _token, token = create_token(author, name="docs", scope="write", expires_at=None)
    headers = {"authorization": f"Bearer {token}"}
    etag = Client().get(f"/api/v1/posts/{post.pk}", headers=headers)["ETag"]
    response = _run(EXAMPLES[number], {"TOKEN": token, "ID": str(post.pk), "ETAG": etag})
    assert response.status_code in {200, 201}, response.content


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8


def test_every_url_and_problem_type_is_documented(site: object) -> None:
    for path in Client().get("/api/v1/openapi.json").json()["paths"]:
        short = path.removeprefix("/api/v1").replace("{post}", "{id}")
        if short and not short.startswith("/problems"):
            assert f"`{short}`" in DOCS
    for kind in KINDS:
        assert f"`{kind}`" in DOCS
