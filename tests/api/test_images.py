"""Uploading images by the API."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow
from pytest_django import Settings

from broadsheet.accounts.models import User
from tests.api.conftest import Program

IMAGES = "/api/v1/images"


@pytest.fixture
def png() -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 4), "red").save(out, "PNG")
    return out.getvalue()


def test_an_image_is_uploaded_listed_and_becomes_a_cover(
    author: User, another_author: User, png: bytes, program: Program
) -> None:
    client = program(author)
    made = client.post(IMAGES, {"file": SimpleUploadedFile("red.png", png), "alt": "Red"})
    assert made.status_code == 201
    image = made.json()
    assert (image["width"], image["height"], image["alt"]) == (8, 4, "Red")
    assert image["url"].startswith("http://testserver/media/")
    assert [i["id"] for i in client.get(IMAGES).json()["results"]] == [image["id"]]
    assert client.get(made["Location"]).status_code == 200
    other = program(another_author)
    assert other.get(IMAGES).json()["results"] == []
    assert other.get(made["Location"]).status_code == 404

    again = client.post(IMAGES, {"file": SimpleUploadedFile("copy.png", png)})
    assert again.json()["id"] == image["id"]
    said = {"title": "X", "cover": image["id"]}
    post = client.post("/api/v1/posts", said, "application/json").json()
    assert (post["cover"], post["cover_src"]) == (image["id"], image["url"])


def test_what_is_no_image_is_refused(author: User, program: Program) -> None:
    for data in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"hello", b""):
        answer = program(author).post(IMAGES, {"file": SimpleUploadedFile("x.png", data)})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/file"


def test_strangers_and_readers_upload_nothing(reader: User, png: bytes, program: Program) -> None:
    file = SimpleUploadedFile("red.png", png)
    assert Client().post(IMAGES, {"file": file}).status_code == 401
    assert program(reader).post(IMAGES, {"file": file}).status_code == 403
    assert Client().get(IMAGES).status_code == 401


def test_an_upload_that_is_too_large_is_not_read(
    author: User, png: bytes, program: Program, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 100_000
    answer = program(author).post(IMAGES, {"file": SimpleUploadedFile("x.png", bytes(300_000))})
    assert answer.status_code == 413


def test_an_unknown_cover_is_refused(author: User, program: Program) -> None:
    said = {"title": "X", "cover": "01a1fde8-7bd4-7c38-adf6-cc3a24748e2d"}
    answer = program(author).post("/api/v1/posts", said, "application/json")
    assert answer.json()["errors"][0]["pointer"] == "#/cover"


def test_somebody_elses_image_is_no_cover_until_one_sends_the_same(
    author: User, another_author: User, editor: User, png: bytes, program: Program
) -> None:
    theirs = program(author).post(IMAGES, {"file": SimpleUploadedFile("red.png", png)}).json()
    client = program(another_author)
    post = client.post("/api/v1/posts", {"title": "X"}, "application/json").json()
    address, change = f"/api/v1/posts/{post['id']}", {"cover": theirs["id"], "version": 1}
    new = {"title": "Y", "cover": theirs["id"]}
    for answer in (
        client.post("/api/v1/posts", new, "application/json"),
        client.patch(address, change, "application/json"),
    ):
        assert answer.status_code == 400
        assert "/cover" in str(answer.json()["errors"])
    set_by_editor = program(editor).patch(address, change, "application/json")
    assert set_by_editor.json()["cover"] == theirs["id"]
    stays = client.patch(address, {**change, "version": 2, "title": "Z"}, "application/json")
    assert stays.json()["cover"] == theirs["id"]

    same = client.post(IMAGES, {"file": SimpleUploadedFile("mine.png", png)})
    assert client.get(same["Location"]).status_code == 200
    assert [one["id"] for one in client.get(IMAGES).json()["results"]] == [theirs["id"]]
    made = client.post("/api/v1/posts", {"title": "W", "cover": theirs["id"]}, "application/json")
    assert made.json()["cover"] == theirs["id"]
