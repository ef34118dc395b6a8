"""`broadsheet backup`: a complete archive that standard tools can open, or none at all."""

import hashlib
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pyrage
import pytest
from pytest_django import Settings

from broadsheet.ops.backup.archive import TarWriter
from broadsheet.ops.backup.archive_members import MediaFiles
from tests.ops.backup import sites
from tests.ops.processes import environment, run, wait_for
from tests.postgresql import NewDatabase


def backup(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Create a backup, which must succeed."""
    result = run(data, "backup", *arguments, **more)
    assert result.returncode == 0, result.stderr
    return result


@pytest.mark.slow
def test_an_archive_contains_database_media_and_theme_with_checksums(data: Path) -> None:
    result = backup(data)
    assert "Done: " in result.stdout
    archive = sites.only(data / "backups")
    assert archive.stat().st_mode & 0o777 == 0o600
    found = sites.contents(archive.read_bytes())
    names = list(found)
    assert (names[0], names[-1]) == ("manifest.json", "checksums.json")
    for part in ("media", "theme"):
        inside = {n.partition("/")[2]: d for n, d in found.items() if n.startswith(f"{part}/")}
        assert inside == sites.files(data / part)
        assert inside
    checksums = sites.read_json(archive.read_bytes(), "checksums.json")
    assert {n: (e["sha256"], e["size"]) for n, e in checksums["files"].items()} == {
        n: (hashlib.sha256(d).hexdigest(), len(d)) for n, d in found.items() if n != names[-1]
    }
    assert checksums["missing"] == []
    assert checksums["rows"]["posts_post"] == 3
    manifest = sites.read_json(archive.read_bytes(), "manifest.json")
    assert (manifest["format"], manifest["engine"]) == (1, "sqlite")
    assert ["posts", "0001_initial"] in manifest["migrations"]


_MAIL = """
from broadsheet.mail import actions
for n in range(9):
    actions.send(to="ada@example.org", subject="A link", text="live-and-secret " * 2_000)
"""


def _check_that_emails_are_left_out(data: Path, **more: str) -> None:
    sites.shell(data, _MAIL, **more)
    backup(data, **more)
    archive = sites.only(data / "backups").read_bytes()
    assert sites.read_json(archive, "checksums.json")["rows"]["mail_outgoing"] == 0
    for name, content in sites.contents(archive).items():
        assert b"live-and-secret" not in content, name


@pytest.mark.slow
def test_queued_emails_with_their_links_are_not_in_the_archive(data: Path) -> None:
    _check_that_emails_are_left_out(data)


@pytest.mark.slow
def test_queued_emails_are_not_in_the_archive_on_postgresql(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    data, url = tmp_path / "data", new_database()
    sites.fill(data, posts=1, DATABASE_URL=url)
    _check_that_emails_are_left_out(data, DATABASE_URL=url)
    archive = sites.only(data / "backups")
    done = run(data, "restore", str(archive), DATABASE_URL=url)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_an_archive_can_be_opened_with_standard_tools(data: Path) -> None:
    for program in ("zstd", "tar", "sqlite3"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    backup(data)
    archive, out = sites.only(data / "backups"), data.parent / "out"
    out.mkdir()
    result = subprocess.run(
        f"zstd -dc {archive} | tar -x -C {out} && cd {out} && sha256sum media/*/*/*"
        " && sqlite3 database.sqlite3 'PRAGMA integrity_check; SELECT count(*) FROM posts_post'",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.endswith("ok\n3\n")


@pytest.mark.slow
def test_without_recipients_secrets_are_left_out_with_a_warning(data: Path) -> None:
    result = backup(
        data, SECRET_KEY="very-secret", EMAIL_URL="smtp://ann:tiger@localhost", PORT="81"
    )
    assert result.stderr.count("not encrypted") == 1
    found = sites.contents(sites.only(data / "backups").read_bytes())
    assert "secret-key" not in found
    assert b"PORT=81\n" in found["settings.env"]
    assert b"# EMAIL_URL= is a secret" in found["settings.env"]
    assert b"tiger" not in found["settings.env"]
    assert b"very-secret" not in found["settings.env"]


@pytest.mark.slow
def test_with_recipients_only_they_can_decrypt_it_and_secrets_are_included(data: Path) -> None:
    ann, bob = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    to = f"{ann.to_public()}, {bob.to_public()}"
    result = backup(data, BROADSHEET_BACKUP_RECIPIENTS=to, EMAIL_URL="smtp://ann:tiger@localhost")
    assert result.stderr == ""
    archive = sites.only(data / "backups")
    assert archive.name.endswith(".tar.zst.age")
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(archive.read_bytes(), [pyrage.x25519.Identity.generate()])
    for identity in (ann, bob):
        found = sites.contents(pyrage.decrypt(archive.read_bytes(), [identity]))
        assert found["secret-key"] == (data / "secret-key").read_bytes()
        assert b"EMAIL_URL=smtp://ann:tiger@localhost\n" in found["settings.env"]


@pytest.mark.slow
def test_an_invalid_recipient_is_rejected_before_anything_is_copied(data: Path) -> None:
    result = run(data, "backup", BROADSHEET_BACKUP_RECIPIENTS="age1abc")
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: BROADSHEET_BACKUP_RECIPIENTS: age1abc")
    assert not (data / "backups").exists()


@pytest.mark.slow
def test_a_killed_backup_leaves_no_archive_and_the_next_one_cleans_up(data: Path) -> None:
    (data / "media" / "large").write_bytes(os.urandom(10_000_000))
    os.truncate(data / "media" / "large", 20_000_000_000)  # sparse: takes long, but no space
    target = data / "backups"
    with subprocess.Popen(
        [sys.executable, "-m", "broadsheet", "backup"],
        env=environment(data),
        cwd=data.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_for(
            lambda: any(f.stat().st_size for f in target.glob(".*")),
            "the first bytes of the archive",
        )
        process.send_signal(signal.SIGKILL)
    assert [file.name[:9] for file in target.iterdir()] == [".partial-"]
    assert "No archives in" in run(data, "backups").stdout
    (data / "media" / "large").unlink()
    backup(data)
    assert sites.only(target).name in run(data, "backups").stdout
    assert not (data / "run" / "backup" / "scratch").exists()


@pytest.mark.slow
def test_a_full_disk_is_reported_in_one_line_and_leaves_no_files(data: Path) -> None:
    (data / "media" / "large").write_bytes(os.urandom(3_000_000))
    for more in ({}, {"BROADSHEET_BACKUP_RECIPIENTS": str(_public_key())}):
        result = subprocess.run(
            [sys.executable, "-m", "broadsheet", "backup"],
            env=environment(data, **more),
            cwd=data.parent,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000)),
        )
        assert result.returncode == 1
        assert result.stderr.startswith("CommandError: ")
        assert result.stderr.count("\n") == 1
        assert "File too large" in result.stderr
        assert list((data / "backups").iterdir()) == []


def _public_key() -> pyrage.x25519.Recipient:
    return pyrage.x25519.Identity.generate().to_public()


@pytest.mark.slow
@pytest.mark.parametrize("target", ["/proc/backups", "/dev/null/backups"])
def test_an_unwritable_folder_is_reported_in_one_line(data: Path, target: str) -> None:
    result = run(data, "backup", target)
    assert result.returncode == 1
    assert result.stderr.startswith(f"CommandError: {target} cannot be written: ")
    assert result.stderr.count("\n") == 1


def test_an_avatar_replaced_during_the_backup_is_in_the_archive(
    settings: Settings, tmp_path: Path
) -> None:
    media = MediaFiles(tmp_path / "links")
    avatar = settings.MEDIA_ROOT / "avatars" / "ann.png"
    avatar.parent.mkdir(parents=True)
    avatar.write_bytes(b"before")
    assert media.link_all(["avatars/ann.png", "avatars/bob.png"]) == {"avatars/bob.png"}
    avatar.unlink()
    tar = TarWriter()
    written = b"".join(media.entries(tar, ["avatars/ann.png", "avatars/bob.png"]))
    assert b"before" in written
    assert list(tar.files) == ["media/avatars/ann.png"]
    assert media.missing == ["avatars/bob.png"]


@pytest.mark.slow
def test_a_missing_file_that_the_database_references_is_reported(data: Path) -> None:
    missing_file = next(file for file in (data / "media").rglob("*") if file.suffix == ".png")
    missing_file.unlink()
    name = missing_file.relative_to(data / "media")
    result = backup(data)
    assert f"media/{name} is in the database, but the file is missing." in result.stderr
    checksums = sites.read_json(sites.only(data / "backups").read_bytes(), "checksums.json")
    assert checksums["missing"] == [str(name)]


@pytest.mark.slow
def test_archives_are_uploaded_to_a_bucket_in_parts_and_listed_when_complete(
    data: Path, bucket: dict[str, str]
) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=bucket["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id="ann",
        aws_secret_access_key="tiger",
        region_name="us-east-1",
    )
    (data / "media" / "large").write_bytes(os.urandom(40_000_000))
    ann = pyrage.x25519.Identity.generate()
    result = backup(
        data, "s3://archives/site", BROADSHEET_BACKUP_RECIPIENTS=str(ann.to_public()), **bucket
    )
    assert "s3://archives/site" in result.stdout
    (entry,) = client.list_objects_v2(Bucket="archives")["Contents"]
    assert (
        entry["Key"].removeprefix("site/")
        in run(data, "backups", "s3://archives/site", **bucket).stdout
    )
    body = client.get_object(Bucket="archives", Key=entry["Key"])["Body"].read()
    found = sites.contents(pyrage.decrypt(body, [ann]))
    assert found["media/large"] == (data / "media" / "large").read_bytes()
    assert "Uploads" not in client.list_multipart_uploads(Bucket="archives")


@pytest.mark.slow
def test_a_missing_bucket_is_reported_in_one_line(data: Path, s3: dict[str, str]) -> None:
    for command in ("backup", "backups"):
        result = run(data, command, "s3://nowhere/site", **s3)
        assert result.returncode == 1
        assert result.stderr.splitlines()[-1].startswith(
            "CommandError: s3://nowhere/site cannot be"
        )
        assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_images_in_a_bucket_are_backed_up_and_restored_to_a_bucket(
    tmp_path: Path, bucket: dict[str, str]
) -> None:
    data, restored = tmp_path / "data", tmp_path / "restored"
    variables: dict[str, Any] = {**bucket, "BROADSHEET_MEDIA_URL": "s3://images/one"}
    sites.fill(data, posts=1, **variables)
    backup(data, **variables)
    archive = sites.only(data / "backups")
    images = {n: d for n, d in sites.contents(archive.read_bytes()).items() if n[:6] == "media/"}
    assert images
    other_bucket = {**bucket, "BROADSHEET_MEDIA_URL": "s3://images/two"}
    result = run(restored, "restore", str(archive), **other_bucket)
    assert result.returncode == 0, result.stderr
    backup(restored, **other_bucket)
    in_archive = sites.contents(sites.only(restored / "backups").read_bytes())
    assert {n: d for n, d in in_archive.items() if n[:6] == "media/"} == images


@pytest.mark.slow
def test_a_postgresql_backup_contains_a_dump_and_its_row_counts(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    data, url = tmp_path / "data", new_database()
    sites.fill(data, posts=2, DATABASE_URL=url)
    backup(data, DATABASE_URL=url)
    archive = sites.only(data / "backups").read_bytes()
    assert sites.read_json(archive, "manifest.json")["engine"] == "postgresql"
    assert sites.read_json(archive, "checksums.json")["rows"]["posts_post"] == 2
    assert sites.contents(archive)["database.dump"].startswith(b"PGDMP")


@pytest.mark.slow
def test_an_unreadable_database_is_reported_in_one_line(data: Path) -> None:
    for leftover in data.glob("broadsheet.sqlite3-*"):
        leftover.unlink()
    (data / "broadsheet.sqlite3").write_bytes(b"no database at all" * 1_000)
    result = run(data, "backup")
    assert result.returncode == 1
    assert result.stderr == "CommandError: The database cannot be copied: file is not a database.\n"
    with pytest.raises(sqlite3.DatabaseError):
        sites.rows(data / "broadsheet.sqlite3")
