"""Damage: whatever happens to an archive, it is found before anything of the site is touched."""

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
def whole(written: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """An archive that is open, and one that is encrypted."""
    data = sites.copy(written, tmp_path_factory.mktemp("whole") / "data")
    assert run(data, "backup").returncode == 0
    plain = sites.only(data / "backups").read_bytes()
    return {"open": plain, "encrypted": pyrage.encrypt(plain, [IDENTITY.to_public()])}


def flipped(data: bytes, position: int) -> bytes:
    changed = bytearray(data)
    changed[position] ^= 1 << random.Random(position).randrange(8)
    return bytes(changed)


def cut(data: bytes, position: int) -> bytes:
    return data[:position]


def places(data: bytes, count: int) -> list[int]:
    """Return `count` positions: the first and the last ones, where headers are, and others."""
    edge = count // 4
    chance = random.Random(count).sample(range(len(data)), count - 2 * edge)
    return [*range(edge), *range(len(data) - edge, len(data)), *chance]


def all_are_found(data: bytes, damage: Damage, count: int, folder: Path) -> None:
    """Damage `data` in `count` places, one at a time; each is said in one line."""
    for position in places(data, count):
        folder.mkdir()
        with pytest.raises(BackupError) as failure:
            extract.extract_archive(io.BytesIO(damage(data, position)), [IDENTITY], folder)
        assert "\n" not in str(failure.value), position
        shutil.rmtree(folder)


@pytest.mark.parametrize("kind", ["open", "encrypted"])
def test_what_is_whole_is_read(whole: dict[str, bytes], kind: str, tmp_path: Path) -> None:
    unpacked = extract.extract_archive(io.BytesIO(whole[kind]), [IDENTITY], tmp_path)
    assert unpacked.rows["posts_post"] == 3


@pytest.mark.parametrize("kind", ["open", "encrypted"])
@pytest.mark.parametrize("damage", [flipped, cut])
def test_forty_flipped_bits_and_cuts_are_found(
    whole: dict[str, bytes], kind: str, damage: Damage, tmp_path: Path
) -> None:
    all_are_found(whole[kind], damage, 40, tmp_path / "new")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["open", "encrypted"])
@pytest.mark.parametrize("damage", [flipped, cut])
def test_a_thousand_flipped_bits_and_cuts_are_found(
    whole: dict[str, bytes], kind: str, damage: Damage, tmp_path: Path
) -> None:
    all_are_found(whole[kind], damage, 1_000, tmp_path / "new")


@pytest.mark.parametrize("kind", ["open", "encrypted"])
def test_what_was_added_behind_is_found(whole: dict[str, bytes], kind: str, tmp_path: Path) -> None:
    for more in (b"\0", b"more", whole[kind]):
        with pytest.raises(BackupError):
            extract.extract_archive(
                io.BytesIO(whole[kind] + more), [IDENTITY], tmp_path / str(len(more))
            )


@pytest.mark.parametrize("data", [b"", b"a", b"PK\3\4" * 100, b"age-encryption.org/v1\n" * 9])
def test_what_is_no_archive_is_found(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        extract.extract_archive(io.BytesIO(data), [IDENTITY], tmp_path)


@pytest.mark.slow
def test_the_command_leaves_the_site_as_it_was_and_nothing_beside_it(
    whole: dict[str, bytes], data: Path
) -> None:
    before, rows = sites.files(data / "media"), sites.rows(data / "broadsheet.sqlite3")
    (data.parent / "damaged").write_bytes(flipped(whole["open"], len(whole["open"]) // 2))
    result = run(data, "restore", str(data.parent / "damaged"))
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: The archive is damaged (")
    assert result.stderr.count("\n") == 1
    assert sites.files(data / "media") == before
    assert sites.rows(data / "broadsheet.sqlite3") == rows
    assert list((data / "restore").iterdir()) == []


@pytest.mark.slow
def test_a_disk_that_is_full_leaves_the_site_as_it_was(whole: dict[str, bytes], data: Path) -> None:
    rows = sites.rows(data / "broadsheet.sqlite3")
    (data.parent / "archive").write_bytes(whole["open"])
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
