"""How much may be sent, by whom."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from broadsheet.accounts.models import User

pytestmark = pytest.mark.django_db
ABOVE = 4_100_000


@pytest.fixture
def kept(tmp_path: Path, settings: Settings) -> Path:
    """The folder to which Django writes what is uploaded."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def send(client: Client, path: str, name: str, size: int) -> int:
    """Send a file of `size` bytes and return the status of the answer."""
    return client.post(path, {name: SimpleUploadedFile("a.png", b"\0" * size)}).status_code


@pytest.mark.parametrize("path", ["/login", "/", "/studio/images", "/studio/import"])
def test_strangers_fill_no_disk(path: str, kept: Path) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "x" * 32
    assert send(client, path, "file", ABOVE) == 400
    assert not list(kept.iterdir())


def test_who_is_logged_in_is_told_beside_the_field(
    reader: User, author: User, client: Client, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 2_000_000
    client.force_login(author)
    assert send(client, "/studio/images", "file", ABOVE) == 422
    client.force_login(reader)
    assert send(client, "/profile", "picture", ABOVE) == 200
    assert send(client, "/profile", "picture", 2 * ABOVE) == 400


def test_an_owner_sends_archives_and_many_files(owner: User, client: Client) -> None:
    client.force_login(owner)
    many = [SimpleUploadedFile(f"{n}.md", b"---\ntitle: x\n---\nx") for n in range(150)]
    form = {"archive": many, "origin": "markdown", "author": str(owner.pk)}
    assert client.post("/studio/import", form).status_code == 302
