"""An import of images to a full or read-only disk stops, and resumes later."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.media.models import Image
from broadsheet.posts.models import Post
from broadsheet.transfer import pipeline
from tests.transfer.conftest import Backup, post, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A disk of 64 KB for images."""
    folder = tmp_path / "images"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("may not mount")
    settings.MEDIA_ROOT = folder
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(512)):
            pass


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


@pytest.mark.usefixtures("allow_image_host", "owner")
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "read-only"])
def test_an_import_stops_at_a_full_or_read_only_disk_and_resumes_later(
    owner: User,
    backup: Backup,
    image_host: str,
    images: Path,
    is_full: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipeline, "BATCH_SIZE", 1)
    texts = ["Words.", "More.", f"![A picture]({image_host}/a.png)", "The end."]
    folder = backup(dict(post(n, body=text) for n, text in enumerate(texts)))
    fill(images) if is_full else remount(images, "ro")
    reason = "the disk is full" if is_full else "the disk cannot be written to"
    with pytest.raises(CommandError, match=f"{reason}.* Everything imported so far stays"):
        run("import", "hashnode", folder, "--download-images")
    assert Post.objects.count() == 1, "the second waits for the third to be prepared"
    assert not Image.objects.exists()
    (images / "filler").unlink() if is_full else remount(images, "rw")
    out = run("import", "hashnode", folder, "--download-images")
    assert "3  new" in out
    assert "1  unchanged" in out
    assert "1 image downloaded" in out or "1  images downloaded" in out
    assert Image.objects.count() == 1
