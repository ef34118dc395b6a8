"""Damaged archives are detected before anything of the site is changed."""

import io
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from broadsheet.ops.backup import BackupError, extract
from tests.ops.backup import sites
from tests.ops.processes import environment, run

type Damage = Callable[[bytes, int], bytes]
IDENTITY = pyrage.x25519.Identity.generate()


@pytest.fixture(scope="session")
def archives(source_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """An unencrypted archive and an encrypted one."""
    data = sites.copy(source_data, tmp_path_factory.mktemp("archives") / "data")
    assert run(data, "backup").returncode == 0
    plain = sites.only(data / "backups").read_bytes()
    return {"plain": plain, "encrypted": pyrage.encrypt(plain, [IDENTITY.to_public()])}


def flipped(data: bytes, position: int) -> bytes:
    changed = bytearray(data)
    changed[position] ^= 1 << random.Random(position).randrange(8)
    return bytes(changed)


def truncated(data: bytes, position: int) -> bytes:
    return data[:position]


def positions(data: bytes, count: int) -> list[int]:
    """Return `count` positions: the first and last ones, where headers are, and random ones."""
    edge = count // 4
    middle = random.Random(count).sample(range(len(data)), count - 2 * edge)
    return [*range(edge), *range(len(data) - edge, len(data)), *middle]


def check_that_all_are_detected(data: bytes, damage: Damage, count: int, folder: Path) -> None:
    """Damage `data` at `count` positions, one at a time; each error message is one line."""
    for position in positions(data, count):
        folder.mkdir()
        with pytest.raises(BackupError) as caught:
            extract.extract_archive(io.BytesIO(damage(data, position)), [IDENTITY], folder)
        assert "\n" not in str(caught.value), position
        shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_an_intact_archive_is_read(archives: dict[str, bytes], kind: str, tmp_path: Path) -> None:
    unpacked = extract.extract_archive(io.BytesIO(archives[kind]), [IDENTITY], tmp_path)
    assert unpacked.rows["posts_post"] == 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plain", "encrypted"])
@pytest.mark.parametrize("damage", [flipped, truncated])
def test_forty_flipped_bits_and_truncations_are_detected(
    archives: dict[str, bytes], kind: str, damage: Damage, tmp_path: Path
) -> None:
    check_that_all_are_detected(archives[kind], damage, 40, tmp_path / "new")


@pytest.mark.prove
@pytest.mark.parametrize("kind", ["plain", "encrypted"])
@pytest.mark.parametrize("damage", [flipped, truncated])
def test_a_thousand_flipped_bits_and_truncations_are_detected(
    archives: dict[str, bytes], kind: str, damage: Damage, tmp_path: Path
) -> None:
    check_that_all_are_detected(archives[kind], damage, 1_000, tmp_path / "new")


@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_trailing_data_is_detected(archives: dict[str, bytes], kind: str, tmp_path: Path) -> None:
    for extra in (b"\0", b"more", archives[kind]):
        with pytest.raises(BackupError):
            extract.extract_archive(
                io.BytesIO(archives[kind] + extra), [IDENTITY], tmp_path / str(len(extra))
            )


@pytest.mark.parametrize("data", [b"", b"a", b"PK\3\4" * 100, b"age-encryption.org/v1\n" * 9])
def test_a_file_that_is_not_an_archive_is_rejected(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        extract.extract_archive(io.BytesIO(data), [IDENTITY], tmp_path)


@pytest.mark.slow
def test_restoring_a_damaged_archive_leaves_the_site_unchanged_and_no_files(
    archives: dict[str, bytes], data: Path
) -> None:
    before, rows = sites.files(data / "media"), sites.rows(data / "broadsheet.sqlite3")
    (data.parent / "damaged").write_bytes(flipped(archives["plain"], len(archives["plain"]) // 2))
    result = run(data, "restore", str(data.parent / "damaged"))
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: The archive is damaged (")
    assert result.stderr.count("\n") == 1
    assert sites.files(data / "media") == before
    assert sites.rows(data / "broadsheet.sqlite3") == rows
    assert list((data / "restore").iterdir()) == []


@pytest.mark.slow
def test_a_full_disk_leaves_the_site_unchanged(archives: dict[str, bytes], data: Path) -> None:
    rows = sites.rows(data / "broadsheet.sqlite3")
    (data.parent / "archive").write_bytes(archives["plain"])
    result = subprocess.run(
        [sys.executable, "-m", "broadsheet", "restore", str(data.parent / "archive")],
        env=environment(data),
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: File too large")
    assert result.stderr.count("\n") == 1
    assert sites.rows(data / "broadsheet.sqlite3") == rows
    assert list((data / "restore").iterdir()) == []
