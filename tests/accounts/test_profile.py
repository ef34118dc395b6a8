"""Profile and closing the account."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow
from PIL import ImageDraw

from broadsheet.accounts import actions
from broadsheet.accounts.models import User
from tests.conftest import PASSWORD


@pytest.fixture
def ada(client: Client, author: User) -> Client:
    """A client that is logged in as Ada."""
    client.force_login(author)
    return client


def form_data(*links: tuple[str, str], **changes: Any) -> dict[str, Any]:
    rows = {
        f"links-{n}-{name}": value
        for n, link in enumerate(links)
        for name, value in zip(("label", "url"), link, strict=True)
    }
    forms = {"links-TOTAL_FORMS": len(links), "links-INITIAL_FORMS": 0}
    return {"display_name": "Ada Lovelace", "bio": "I *count*.", **forms, **rows, **changes}


def photo() -> SimpleUploadedFile:
    image = Pillow.new("RGB", (600, 400), "navy")
    ImageDraw.Draw(image).rectangle((290, 190, 310, 210), fill="white")
    exif = Pillow.Exif()
    exif[0x010F] = "A camera that knows where you live"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("me.jpg", out.getvalue())


def test_the_profile_is_saved(ada: Client, author: User) -> None:
    links = [("My garden", "https://example.org/garden"), ("", ""), ("Old", "http://e.org")]
    assert ada.post("/profile", form_data(*links))["Location"] == "/profile"
    author.refresh_from_db()
    assert author.name == "Ada Lovelace"
    assert "<em>count</em>" in author.bio_html
    assert author.links == [
        {"label": "My garden", "url": "https://example.org/garden"},
        {"label": "Old", "url": "http://e.org"},
    ]
    page = ada.get("/profile").content.decode()
    assert "Profile saved." in page
    assert 'value="https://example.org/garden"' in page


def test_the_profile_page_needs_a_login(client: Client, author: User) -> None:
    assert client.get("/profile")["Location"] == "/login?next=/profile"
    assert client.post("/profile", form_data())["Location"] == "/login?next=/profile"
    author.refresh_from_db()
    assert author.name == "Ada"


def test_a_reader_has_a_profile_but_no_studio(client: Client, reader: User) -> None:
    client.force_login(reader)
    page = client.get("/profile").content.decode()
    assert "/studio" not in page
    assert "rita@example.org" in page


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (("x", "javascript:alert(1)"), "Enter a full URL"),
        (("x", "ftp://example.org"), "Enter a full URL"),
        (("x", "data:text/html,x"), "Enter a full URL"),
        (("x", ""), "Enter the URL"),
        (("", "https://example.org"), "Enter a label"),
    ],
)
def test_a_link_needs_a_label_and_an_http_url(
    link: tuple[str, str], text: str, ada: Client, author: User
) -> None:
    assert text in ada.post("/profile", form_data(link)).content.decode()
    author.refresh_from_db()
    assert author.links == []


@pytest.mark.parametrize(
    "links",
    [
        [{"label": "x", "url": "javascript:alert(1)"}],
        [{"label": "", "url": "https://e.org"}],
        [{"label": "x" * 61, "url": "https://e.org"}],
        [{"label": "x", "url": "https://e.org"}] * 7,
        ["https://e.org"],
        "https://e.org",
    ],
)
def test_the_action_rejects_invalid_links(links: Any, author: User) -> None:
    with pytest.raises(Exception, match="links"):
        actions.edit_profile(author, links=links)


def test_the_form_does_not_change_permissions(ada: Client, author: User) -> None:
    ada.post("/profile", form_data(role="owner", username="eve", is_active="", email="e@e.org"))
    author.refresh_from_db()
    assert (author.role, author.username, author.email) == ("author", "ada", "ada@example.org")


def test_saving_a_profile_keeps_a_role_that_changed_meanwhile(author: User, owner: User) -> None:
    stale = User.objects.get(pk=author.pk)
    actions.change_role(author, "editor", by=owner)
    actions.edit_profile(stale, bio="Hello")
    author.refresh_from_db()
    assert author.role == "editor"


def test_a_script_in_the_bio_does_not_run(ada: Client, author: User) -> None:
    ada.post("/profile", form_data(bio='<script>alert(1)</script><img src=x onerror="alert(1)">'))
    author.refresh_from_db()
    assert "<script" not in author.bio_html
    assert "onerror" not in author.bio_html


def test_a_picture_becomes_a_small_square_without_metadata(ada: Client, author: User) -> None:
    ada.post("/profile", form_data(picture=photo()))
    author.refresh_from_db()
    assert str(author.avatar).startswith("avatars/")
    response = ada.get(author.avatar.url)
    data = response.getvalue()
    assert response["Content-Type"] == "image/webp"
    assert b"camera" not in data
    with Pillow.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))
    assert author.avatar.url in ada.get("/profile").content.decode()


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("me.jpg", lambda: b"<html><script>", "Unsupported file type"),
        ("me.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Unsupported file type"),
        ("me.png", lambda: photo().read(), "ends in .png"),
    ],
)
def test_a_file_that_is_not_an_image_is_rejected_with_a_reason(
    name: str, data: Callable[[], bytes], text: str, ada: Client, author: User
) -> None:
    page = ada.post("/profile", form_data(picture=SimpleUploadedFile(name, data())))
    assert text in page.content.decode()
    author.refresh_from_db()
    assert not author.avatar


def test_nothing_is_saved_if_the_picture_or_the_bio_is_rejected(ada: Client, author: User) -> None:
    before = User.objects.filter(pk=author.pk).values().get()
    not_an_image = SimpleUploadedFile("me.jpg", b"<html>")
    ada.post("/profile", form_data(display_name="New", picture=not_an_image))
    ada.post("/profile", form_data(bio="> " * 1_000 + "x", picture=photo()))
    assert User.objects.filter(pk=author.pk).values().get() == before


def test_a_picture_may_be_as_large_as_a_photo_from_a_phone(ada: Client, author: User) -> None:
    for size, status in (((4_032, 3_024), 302), ((4_100, 3_100), 200)):
        out = io.BytesIO()
        Pillow.new("L", size, 200).save(out, "JPEG")
        page = ada.post("/profile", form_data(picture=SimpleUploadedFile("me.jpg", out.getvalue())))
        assert page.status_code == status
    assert "the limit for this type is 12 million" in page.content.decode()


def test_a_removed_picture_is_deleted_unless_another_user_has_it(
    ada: Client,
    author: User,
    another_author: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    for user in (author, another_author):
        actions.set_avatar(user, io.BytesIO(photo().read()), name="me.jpg")
    author.refresh_from_db()
    path = Path(django_settings.MEDIA_ROOT) / str(author.avatar)
    with django_capture_on_commit_callbacks(execute=True):
        ada.post("/profile", form_data(remove_picture="on"))
    author.refresh_from_db()
    assert not author.avatar
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_avatar(another_author)
    assert not path.exists()


def test_closing_the_account_needs_the_password_again(client: Client, author: User) -> None:
    client.post("/login", {"login": "ada", "password": PASSWORD})
    redirect = client.get("/profile/close")
    assert redirect["Location"] == "/login/again?next=%2Fprofile%2Fclose"
    assert "Wrong password" in client.post(redirect["Location"], {"password": "x"}).content.decode()
    client.post(redirect["Location"], {"password": PASSWORD})
    assert client.post("/profile/close")["Location"] == "/login/inactive"
    author.refresh_from_db()
    assert not author.is_active
    assert client.get("/profile").status_code == 302


def test_the_only_owner_cannot_close_their_account(client: Client, owner: User) -> None:
    client.post("/login", {"login": "olivia", "password": PASSWORD})
    client.post("/login/again?next=/profile/close", {"password": PASSWORD})
    assert "the only owner" in client.get("/profile/close").content.decode()
    assert client.post("/profile/close").status_code == 403
    owner.refresh_from_db()
    assert owner.is_active


def test_picture_uploads_are_limited_per_minute(
    ada: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.accounts.policy.IMAGES_PER_MINUTE", 0)
    page = ada.post("/profile", form_data(picture=photo())).content.decode()
    assert "Too many uploads. Wait a minute, then try again." in page
    author.refresh_from_db()
    assert not author.avatar


@pytest.mark.parametrize("name", ["\u200b", "\u202e", "\u200b\u200b"])
def test_a_name_of_invisible_characters_is_rejected(ada: Client, author: User, name: str) -> None:
    page = ada.post("/profile", form_data(display_name=name))
    assert "invisible characters" in page.content.decode()
    assert User.objects.get(pk=author.pk).display_name == author.display_name


def test_an_author_can_choose_the_plain_text_field(ada: Client, author: User) -> None:
    assert b"data-editor" in ada.get("/studio/new").content
    ada.post("/profile", form_data(uses_plain_editor="on"))
    page = ada.get("/studio/new").content
    assert b"data-editor" not in page
    assert b"editor.js" not in page
    ada.post("/profile", form_data())
    assert b"data-editor" in ada.get("/studio/new").content


def test_readers_have_no_choice_of_an_editor(client: Client, reader: User) -> None:
    client.force_login(reader)
    assert b"uses_plain_editor" not in client.get("/profile").content
