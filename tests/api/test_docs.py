"""docs/api.md tells the truth: its examples run, and it names every address and kind of problem."""

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


def _run(example: str, known: dict[str, str]) -> Any:
    """Do what the curl command would do."""
    for name, value in known.items():
        example = example.replace(f"${name}", value.replace('"', '\\"'))
    _curl, *words = shlex.split(example.replace("\\\n", " "))
    method, address, data, headers, form = "", "", "", {}, {}
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
                form[name] = _picture(value[1:]) if value.startswith("@") else value
            case word:
                address = word
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}"
    if form:
        return Client().post(path, form, headers=headers)
    content_type = headers.pop("Content-Type", "")
    method = method or ("POST" if data else "GET")
    return Client().generic(method, path, data, content_type, headers=headers)


def _picture(name: str) -> SimpleUploadedFile:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 4), "red").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue())


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_does_what_the_text_says(number: int, author: User) -> None:
    post = actions.create(by=author, title="Draft", content="One.")
    post = actions.edit(post, by=author, version=1, content="Two.")
    _token, token = create_token(author, name="docs", scope="write", expires_at=None)
    headers = {"authorization": f"Bearer {token}"}
    etag = Client().get(f"/api/v1/posts/{post.pk}", headers=headers)["ETag"]
    answer = _run(EXAMPLES[number], {"TOKEN": token, "ID": str(post.pk), "ETAG": etag})
    assert answer.status_code in {200, 201}, answer.content


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8


def test_every_address_and_kind_of_problem_is_named(site: object) -> None:
    for path in Client().get("/api/v1/openapi.json").json()["paths"]:
        short = path.removeprefix("/api/v1").replace("{post}", "{id}")
        if short and not short.startswith("/problems"):
            assert f"`{short}`" in DOCS
    for kind in KINDS:
        assert f"`{kind}`" in DOCS
