"""Image uploads through the API."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow
from pytest_django import Settings

from broadsheet.accounts.models import User
from tests.api.conftest import ApiClientFactory

IMAGES = "/api/v1/images"


@pytest.fixture
def png() -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 4), "red").save(out, "PNG")
    return out.getvalue()


def test_an_image_is_uploaded_listed_and_used_as_a_cover(
    author: User, another_author: User, png: bytes, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    created = client.post(IMAGES, {"file": SimpleUploadedFile("red.png", png), "alt": "Red"})
    assert created.status_code == 201
    image = created.json()
    assert (image["width"], image["height"], image["alt"]) == (8, 4, "Red")
    assert image["url"].startswith("http://testserver/media/")
    assert [i["id"] for i in client.get(IMAGES).json()["results"]] == [image["id"]]
    assert client.get(created["Location"]).status_code == 200
    other = api_client(another_author)
    assert other.get(IMAGES).json()["results"] == []
    assert other.get(created["Location"]).status_code == 404

    again = client.post(IMAGES, {"file": SimpleUploadedFile("copy.png", png)})
    assert again.json()["id"] == image["id"]
    data = {"title": "X", "cover": image["id"]}
    post = client.post("/api/v1/posts", data, "application/json").json()
    assert (post["cover"], post["cover_src"]) == (image["id"], image["url"])


def test_a_file_that_is_no_image_is_rejected(author: User, api_client: ApiClientFactory) -> None:
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"hello", b""):
        response = api_client(author).post(IMAGES, {"file": SimpleUploadedFile("x.png", content)})
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "#/file"


def test_anonymous_users_and_readers_cannot_upload(
    reader: User, png: bytes, api_client: ApiClientFactory
) -> None:
    file = SimpleUploadedFile("red.png", png)
    assert Client().post(IMAGES, {"file": file}).status_code == 401
    assert api_client(reader).post(IMAGES, {"file": file}).status_code == 403
    assert Client().get(IMAGES).status_code == 401


def test_an_upload_that_is_too_large_is_rejected(
    author: User, png: bytes, api_client: ApiClientFactory, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 100_000
    response = api_client(author).post(
        IMAGES, {"file": SimpleUploadedFile("x.png", bytes(300_000))}
    )
    assert response.status_code == 413


def test_an_unknown_cover_is_rejected(author: User, api_client: ApiClientFactory) -> None:
    data = {"title": "X", "cover": "01a1fde8-7bd4-7c38-adf6-cc3a24748e2d"}
    response = api_client(author).post("/api/v1/posts", data, "application/json")
    assert response.json()["errors"][0]["pointer"] == "#/cover"


def test_another_users_image_is_no_cover_until_the_same_file_is_uploaded(
    author: User, another_author: User, editor: User, png: bytes, api_client: ApiClientFactory
) -> None:
    image = api_client(author).post(IMAGES, {"file": SimpleUploadedFile("red.png", png)}).json()
    client = api_client(another_author)
    post = client.post("/api/v1/posts", {"title": "X"}, "application/json").json()
    url, change = f"/api/v1/posts/{post['id']}", {"cover": image["id"], "version": 1}
    new = {"title": "Y", "cover": image["id"]}
    for response in (
        client.post("/api/v1/posts", new, "application/json"),
        client.patch(url, change, "application/json"),
    ):
        assert response.status_code == 400
        assert "/cover" in str(response.json()["errors"])
    set_by_editor = api_client(editor).patch(url, change, "application/json")
    assert set_by_editor.json()["cover"] == image["id"]
    unchanged = client.patch(url, {**change, "version": 2, "title": "Z"}, "application/json")
    assert unchanged.json()["cover"] == image["id"]

    same = client.post(IMAGES, {"file": SimpleUploadedFile("mine.png", png)})
    assert client.get(same["Location"]).status_code == 200
    assert [one["id"] for one in client.get(IMAGES).json()["results"]] == [image["id"]]
    created = client.post("/api/v1/posts", {"title": "W", "cover": image["id"]}, "application/json")
    assert created.json()["cover"] == image["id"]


def test_images_are_searched_and_described(
    author: User, editor: User, another_author: User, png: bytes, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    image = client.post(IMAGES, {"file": SimpleUploadedFile("red.png", png)}).json()
    url = f"{IMAGES}/{image['id']}"
    listed = client.get(IMAGES, {"needs_description": "true", "q": "RED"}).json()["results"]
    assert [one["id"] for one in listed] == [image["id"]]
    changes = {"alt": "Red", "caption": "A wall", "credit": "Ines", "focal_x": 10}
    changed = client.patch(url, changes, "application/json")
    assert changed.status_code == 200
    assert changed.json() == image | changes
    assert client.get(IMAGES, {"needs_description": "true"}).json()["results"] == []
    assert client.get(IMAGES, {"needs_description": "maybe"}).status_code == 400
    assert client.patch(url, {"focal_x": 101}, "application/json").status_code == 400
    assert client.patch(url, {"width": 1}, "application/json").status_code == 400
    assert api_client(editor).patch(url, {"alt": "A wall"}, "application/json").status_code == 200
    another = api_client(another_author)
    assert another.patch(url, {"alt": "Mine"}, "application/json").status_code == 404


def test_an_image_lists_its_uses_and_is_deleted_once_it_has_none(
    author: User, png: bytes, api_client: ApiClientFactory
) -> None:
    client = api_client(author)
    image = client.post(IMAGES, {"file": SimpleUploadedFile("red.png", png)}).json()
    url = f"{IMAGES}/{image['id']}"
    data = {"title": "X", "cover": image["id"]}
    post = client.post("/api/v1/posts", data, "application/json").json()
    assert client.get(f"{url}/uses").json() == [
        {"post": post["id"], "title": "X", "is_cover": True}
    ]
    assert client.get(IMAGES, {"unused": "true"}).json()["results"] == []
    assert client.delete(url).status_code == 400
    changes = {"cover": None, "version": 1}
    client.patch(f"/api/v1/posts/{post['id']}", changes, "application/json")
    assert client.get(f"{url}/uses").json() == []
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
