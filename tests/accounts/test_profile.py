"""One's own profile."""

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
    """A browser in which Ada is logged in."""
    client.force_login(author)
    return client


def said(*links: tuple[str, str], **changes: Any) -> dict[str, Any]:
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


def test_what_others_see_is_changed(ada: Client, author: User) -> None:
    links = [("My garden", "https://example.org/garden"), ("", ""), ("Old", "http://e.org")]
    assert ada.post("/profile", said(*links))["Location"] == "/profile"
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


def test_only_who_is_logged_in_sees_it(client: Client, author: User) -> None:
    assert client.get("/profile")["Location"] == "/login?next=/profile"
    assert client.post("/profile", said())["Location"] == "/login?next=/profile"
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
def test_a_link_needs_a_label_and_an_honest_address(
    link: tuple[str, str], text: str, ada: Client, author: User
) -> None:
    assert text in ada.post("/profile", said(link)).content.decode()
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
def test_no_door_gets_another_link_in(links: Any, author: User) -> None:
    with pytest.raises(Exception, match="links"):
        actions.edit_profile(author, links=links)


def test_rights_do_not_come_by_this_form(ada: Client, author: User) -> None:
    ada.post("/profile", said(role="owner", username="eve", is_active="", email="e@e.org"))
    author.refresh_from_db()
    assert (author.role, author.username, author.email) == ("author", "ada", "ada@example.org")


def test_a_profile_that_is_saved_leaves_a_role_that_changed_meanwhile(
    author: User, owner: User
) -> None:
    stale = User.objects.get(pk=author.pk)
    actions.change_role(author, "editor", by=owner)
    actions.edit_profile(stale, bio="Hello")
    author.refresh_from_db()
    assert author.role == "editor"


def test_a_script_in_the_bio_does_not_run(ada: Client, author: User) -> None:
    ada.post("/profile", said(bio='<script>alert(1)</script><img src=x onerror="alert(1)">'))
    author.refresh_from_db()
    assert "<script" not in author.bio_html
    assert "onerror" not in author.bio_html


def test_a_picture_becomes_a_small_square_without_its_story(ada: Client, author: User) -> None:
    ada.post("/profile", said(picture=photo()))
    author.refresh_from_db()
    assert str(author.avatar).startswith("avatars/")
    response = ada.get(author.avatar.url)
    data = response.getvalue()
    assert response["Content-Type"] == "image/webp"
    assert b"camera" not in data
    with Pillow.open(io.BytesIO(data)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (256, 256))
    assert author.avatar.url in ada.get("/profile").content.decode()


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("me.jpg", lambda: b"<html><script>", "Unsupported file type"),
        ("me.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Unsupported file type"),
        ("me.png", lambda: photo().read(), "ends in .png"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(
    name: str, data: Callable[[], bytes], text: str, ada: Client, author: User
) -> None:
    page = ada.post("/profile", said(picture=SimpleUploadedFile(name, data())))
    assert text in page.content.decode()
    author.refresh_from_db()
    assert not author.avatar


def test_a_picture_of_oneself_may_be_as_large_as_telephones_take_them_and_no_larger(
    ada: Client, author: User
) -> None:
    for size, answer in (((4_032, 3_024), 302), ((4_100, 3_100), 200)):
        out = io.BytesIO()
        Pillow.new("L", size, 200).save(out, "JPEG")
        page = ada.post("/profile", said(picture=SimpleUploadedFile("me.jpg", out.getvalue())))
        assert page.status_code == answer
    assert "the limit for this type is 12 million" in page.content.decode()


def test_a_picture_that_is_removed_is_gone_unless_somebody_else_shows_it(
    ada: Client,
    author: User,
    another_author: User,
    django_capture_on_commit_callbacks: Any,
) -> None:
    for person in (author, another_author):
        actions.set_avatar(person, io.BytesIO(photo().read()), name="me.jpg")
    author.refresh_from_db()
    path = Path(django_settings.MEDIA_ROOT) / str(author.avatar)
    with django_capture_on_commit_callbacks(execute=True):
        ada.post("/profile", said(removes_picture="on"))
    author.refresh_from_db()
    assert not author.avatar
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_avatar(another_author)
    assert not path.exists()


def test_closing_the_account_takes_the_password_once_more(client: Client, author: User) -> None:
    client.post("/login", {"login": "ada", "password": PASSWORD})
    there = client.get("/profile/close")
    assert there["Location"] == "/login/again?next=%2Fprofile%2Fclose"
    assert "Wrong password" in client.post(there["Location"], {"password": "x"}).content.decode()
    client.post(there["Location"], {"password": PASSWORD})
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


def test_so_many_pictures_a_minute_are_looked_at(
    ada: Client, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.accounts.policy.IMAGES_A_MINUTE", 0)
    page = ada.post("/profile", said(picture=photo())).content.decode()
    assert "Too many uploads. Wait a minute, then try again." in page
    author.refresh_from_db()
    assert not author.avatar
