"""Image uploads, for the text and as a cover."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as Pillow

from broadsheet.accounts.models import User
from broadsheet.media.models import Image
from broadsheet.posts.models import Post
from broadsheet.studio.forms.images import image_markdown
from tests.studio.conftest import At, Write, form_data

JSON = {"Accept": "application/json"}


def picture(colour: str = "red") -> SimpleUploadedFile:
    data = io.BytesIO()
    Pillow.new("RGB", (40, 30), colour).save(data, "PNG")
    return SimpleUploadedFile("tree.png", data.getvalue(), "image/png")


def test_without_javascript_the_upload_page_shows_the_markdown(author: User, at: At) -> None:
    page = at(author).post("/studio/images", {"file": picture(), "alt": "A [red] tree"})
    image = Image.objects.get()
    assert page.status_code == 201
    assert f"![A \\[red\\] tree]({image.url})" in page.text
    assert image.owner == author


def test_an_upload_that_accepts_json_gets_json(author: User, at: At) -> None:
    data = {"file": picture(), "alt": "A tree"}
    response = at(author).post("/studio/images", data, headers=JSON)
    image = Image.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "url": image.url,
        "markdown": f"![A tree]({image.url})",
        "width": 40,
        "height": 30,
    }


def test_a_file_that_is_not_an_image_is_a_field_error(author: User, at: At) -> None:
    def html_file() -> SimpleUploadedFile:
        return SimpleUploadedFile("tree.png", b"<html><script>alert(1)</script>", "image/png")

    response = at(author).post("/studio/images", {"file": html_file()})
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    response = at(author).post("/studio/images", {"file": html_file()}, headers=JSON)
    assert response.status_code == 422
    assert response.json()["errors"]["file"]
    assert at(author).post("/studio/images", headers=JSON).status_code == 422
    assert not Image.objects.exists()


def test_alt_text_is_escaped_in_the_markdown() -> None:
    assert image_markdown("](javascript:x)\n\n# [a\\", "/m.png") == (
        "![\\](javascript:x) # \\[a\\\\](/m.png)"
    )


def test_a_cover_is_uploaded_kept_and_removed(author: User, at: At, write: Write) -> None:
    post = write("One")
    client, url = at(author), reverse("studio:post-edit", args=[post.pk])
    client.post(url, form_data(post, cover_file=picture(), cover_alt="A tree"))
    post.refresh_from_db()
    image = Image.objects.get()
    assert (post.cover, post.cover_alt) == (image, "A tree")
    assert image.url in client.get(url).text
    client.post(url, form_data(post, cover=str(image.pk), cover_alt="A tree", title="Two"))
    post.refresh_from_db()
    assert (post.cover, post.title) == (image, "Two")
    client.post(url, form_data(post, cover=str(image.pk), remove_cover="on"))
    post.refresh_from_db()
    assert (post.cover, post.cover_alt) == (None, "")


def test_a_cover_that_is_not_an_image_is_a_field_error_and_the_text_is_kept(
    author: User, at: At
) -> None:
    file = SimpleUploadedFile("tree.png", b"no image", "image/png")
    page = at(author).post("/studio/new", form_data(content="My text", cover_file=file))
    assert page.context["form"].errors["cover_file"]
    assert "My text" in page.text
    assert not Post.objects.exists()


def test_an_uploaded_cover_is_kept_in_a_conflict(author: User, at: At, write: Write) -> None:
    post = write("One")
    client, url = at(author), reverse("studio:post-edit", args=[post.pk])
    client.post(url, form_data(post, title="Theirs"))
    page = client.post(url, form_data(post, title="Mine", cover_file=picture()))
    assert page.status_code == 409
    cover = page.context["form"]["cover"].value()
    client.post(url, form_data(post, title="Mine", cover=cover, overwritten_version="2"))
    post.refresh_from_db()
    assert post.cover == Image.objects.get()


def test_uploads_are_limited_per_minute(
    author: User, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.accounts.policy.IMAGES_PER_MINUTE", 0)
    page = at(author).post("/studio/images", {"file": picture()})
    assert page.status_code == 422
    assert "Too many uploads. Wait a minute, then try again." in page.text
    assert not Image.objects.exists()
