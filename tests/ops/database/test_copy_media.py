"""Images are moved between a folder and S3, and each is verified."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from moto.server import ThreadedMotoServer

from broadsheet.lib.s3_storage import MediaS3Storage
from broadsheet.ops.database import CopyError
from broadsheet.ops.database.copy_media import copy_media
from tests.ops.grow.conftest import MEDIA, server
from tests.ops.processes import run

__all__ = ["server"]


def discard(_message: str) -> None:
    """Discard progress messages."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(30):
        file = tmp_path / "media" / f"{number % 3:02}" / f"{number}.webp"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes([number]) * 1_000)
    return tmp_path / "media"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.mark.slow
def test_a_round_trip_preserves_all_files(
    server: ThreadedMotoServer, folder: Path, tmp_path: Path
) -> None:
    before = contents(folder)
    result = run(tmp_path / "data", "move-media", str(folder), MEDIA, **_keys(server))
    assert result.returncode == 0, result.stderr
    assert "30 of 30 files copied" in result.stdout
    assert "All files are copied and have the same checksums." in result.stdout
    copy_media(MEDIA, str(tmp_path / "back"), discard)
    assert contents(tmp_path / "back") == before == contents(folder)


@pytest.mark.slow
def test_existing_files_are_skipped_and_partial_files_are_copied_again(
    server: ThreadedMotoServer, folder: Path
) -> None:
    output: list[str] = []
    copy_media(str(folder), MEDIA, discard)
    MediaS3Storage(MEDIA).delete("00/0.webp")
    MediaS3Storage(MEDIA).save("01/1.webp", ContentFile(b"half"))
    copy_media(str(folder), MEDIA, output.append)
    assert any(line.startswith("2 of 30 files copied") for line in output)


@pytest.mark.slow
def test_a_differing_file_is_reported(server: ThreadedMotoServer, folder: Path) -> None:
    MediaS3Storage(MEDIA).save("01/7.webp", ContentFile(b"x" * 1_000))
    with pytest.raises(CopyError, match=r"01/7.webp differs in s3://"):
        copy_media(str(folder), MEDIA, discard)


@pytest.mark.slow
def test_unusable_sources_and_targets_are_rejected(
    server: ThreadedMotoServer, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(CopyError, match="has no files"):
        copy_media(str(tmp_path / "nothing"), MEDIA, discard)
    with pytest.raises(CopyError, match="Source and target are the same"):
        copy_media(str(folder), f"{folder}/", discard)
    with pytest.raises(CopyError, match="S3 is not available"):
        copy_media(str(folder), "s3://no-such-bucket/x", discard)
    server.stop()
    result = run(tmp_path / "data", "move-media", str(folder), MEDIA, **_keys(server))
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "Run the same command again to resume." in result.stderr


def _keys(server: ThreadedMotoServer) -> dict[str, str]:
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "ann", "AWS_SECRET_ACCESS_KEY": "tiger", "AWS_REGION": "us-east-1"}
    return keys | {"AWS_ENDPOINT_URL_S3": f"http://{host}:{port}"}
