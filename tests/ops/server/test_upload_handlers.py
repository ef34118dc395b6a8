"""Limits of uploads for anonymous users, users and owners."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import User

pytestmark = pytest.mark.django_db
TOO_LARGE = 4_100_000


@pytest.fixture
def upload_folder(tmp_path: Path, settings: Settings) -> Path:
    """The folder to which Django writes uploads."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def upload(client: Client, path: str, name: str, size: int) -> int:
    """Upload a file of `size` bytes and return the status of the response."""
    return client.post(path, {name: SimpleUploadedFile("a.png", b"\0" * size)}).status_code


@pytest.mark.parametrize("path", ["/login", "/", "/studio/images", "/studio/import"])
def test_uploads_of_anonymous_users_are_not_written_to_disk(path: str, upload_folder: Path) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "x" * 32
    assert upload(client, path, "file", TOO_LARGE) == 400
    assert not list(upload_folder.iterdir())


def test_the_field_error_is_shown_for_an_upload_that_is_too_large(
    reader: User, author: User, client: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 2_000_000
    client.force_login(author)
    assert upload(client, "/studio/images", "file", TOO_LARGE) == 422
    client.force_login(reader)
    assert upload(client, "/profile", "picture", TOO_LARGE) == 200
    assert upload(client, "/profile", "picture", 2 * TOO_LARGE) == 400


def test_an_owner_can_upload_many_files(owner: User, client: Client) -> None:
    client.force_login(owner)
    many = [SimpleUploadedFile(f"{n}.md", b"---\ntitle: x\n---\nx") for n in range(150)]
    form = {"archive": many, "origin": "markdown", "author": str(owner.pk)}
    assert client.post("/studio/import", form).status_code == 302
