"""Uploading images, into the text and as a cover."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as Pillow

from broadsheet.accounts.models import User
from broadsheet.media.models import Image
from broadsheet.posts.models import Post
from broadsheet.studio.forms.images import image_markdown
from tests.studio.conftest import At, Write, typed

JSON = {"Accept": "application/json"}


def picture(colour: str = "red") -> SimpleUploadedFile:
    data = io.BytesIO()
    Pillow.new("RGB", (40, 30), colour).save(data, "PNG")
    return SimpleUploadedFile("tree.png", data.getvalue(), "image/png")


def test_without_script_a_page_says_what_to_paste(author: User, at: At) -> None:
    page = at(author).post("/studio/images", {"file": picture(), "alt": "A [red] tree"})
    image = Image.objects.get()
    assert page.status_code == 201
    assert f"![A \\[red\\] tree]({image.url})" in page.text
    assert image.owner == author


def test_the_writing_page_gets_json(author: User, at: At) -> None:
    sent = {"file": picture(), "alt": "A tree"}
    answer = at(author).post("/studio/images", sent, headers=JSON)
    image = Image.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "url": image.url,
        "markdown": f"![A tree]({image.url})",
        "width": 40,
        "height": 30,
    }


def test_what_is_no_image_is_refused_beside_the_field(author: User, at: At) -> None:
    def page() -> SimpleUploadedFile:
        return SimpleUploadedFile("tree.png", b"<html><script>alert(1)</script>", "image/png")

    answer = at(author).post("/studio/images", {"file": page()})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    answer = at(author).post("/studio/images", {"file": page()}, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"]["file"]
    assert at(author).post("/studio/images", headers=JSON).status_code == 422
    assert not Image.objects.exists()


def test_a_description_cannot_break_out_of_the_markdown() -> None:
    assert image_markdown("](javascript:x)\n\n# [a\\", "/m.png") == (
        "![\\](javascript:x) # \\[a\\\\](/m.png)"
    )


def test_a_cover_is_uploaded_kept_and_removed(author: User, at: At, write: Write) -> None:
    post = write("One")
    client, url = at(author), reverse("studio:post-edit", args=[post.pk])
    client.post(url, typed(post, cover_file=picture(), cover_alt="A tree"))
    post.refresh_from_db()
    image = Image.objects.get()
    assert (post.cover, post.cover_alt) == (image, "A tree")
    assert image.url in client.get(url).text
    client.post(url, typed(post, cover=str(image.pk), cover_alt="A tree", title="Two"))
    post.refresh_from_db()
    assert (post.cover, post.title) == (image, "Two")
    client.post(url, typed(post, cover=str(image.pk), remove_cover="on"))
    post.refresh_from_db()
    assert (post.cover, post.cover_alt) == (None, "")


def test_a_cover_that_is_no_image_is_refused_and_the_text_is_kept(author: User, at: At) -> None:
    file = SimpleUploadedFile("tree.png", b"no image", "image/png")
    page = at(author).post("/studio/new", typed(content="My text", cover_file=file))
    assert page.context["form"].errors["cover_file"]
    assert "My text" in page.text
    assert not Post.objects.exists()


def test_a_cover_survives_a_conflict(author: User, at: At, write: Write) -> None:
    post = write("One")
    client, url = at(author), reverse("studio:post-edit", args=[post.pk])
    client.post(url, typed(post, title="Theirs"))
    page = client.post(url, typed(post, title="Mine", cover_file=picture()))
    assert page.status_code == 409
    kept = page.context["form"]["cover"].value()
    client.post(url, typed(post, title="Mine", cover=kept, over="2"))
    post.refresh_from_db()
    assert post.cover == Image.objects.get()
