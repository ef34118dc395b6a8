"""Archives, folders and files to import: what is read, and what is rejected."""

import os
import stat
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.transfer import archives
from tests.transfer.conftest import Backup, post, report, run

pytestmark = pytest.mark.django_db


def archive(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def test_an_archive_is_read_like_a_folder(owner: User, tmp_path: Path) -> None:
    name, text = post()
    files: dict[str, str | bytes] = {f"blog-main/{name}": text, f"__MACOSX/{name}": b"\x00"}
    run("import", "hashnode", archive(tmp_path / "b.zip", files))
    assert Post.objects.get().title == "A title"


DRAFT = "draft-655532153eba0e63ba1e5153.md"


@pytest.mark.parametrize("separators", ["/\\", "\\/"])
def test_a_backslash_in_an_archive_is_a_separator(
    owner: User, tmp_path: Path, separators: str
) -> None:
    name, text = post()
    files = {DRAFT: "---\ntitle: D\n---\n\nHidden", name: text, "README.md": text}
    for number, separator in enumerate(separators):
        packed = {f"blog{separator}{n}": t for n, t in files.items()}
        path = archive(tmp_path / f"{number}.zip", {**packed, f"blog{separator}": ""})
        out = run("import", "hashnode", path)
        assert ("2  new" if number == 0 else "2  unchanged") in out
        assert "1  not a post" in out
    assert dict(Post.objects.values_list("title", "status")) == {
        "D": "draft",
        "A title": "published",
    }


def test_a_backslash_in_a_file_name_is_a_separator(owner: User, backup: Backup) -> None:
    folder = backup({f"blog\\{DRAFT}": "---\ntitle: D\n---\n\nHidden"})
    run("import", "hashnode", folder)
    run("import", "hashnode", folder / f"blog\\{DRAFT}")
    assert Post.objects.get().status == "draft"


def test_a_duplicate_entry_of_an_archive_is_imported_once_and_reported(
    owner: User, tmp_path: Path, data: Path
) -> None:
    name, text = post(title="First")
    path = archive(tmp_path / "b.zip", {f"blog/{name}": text})
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(f"blog\\{name}", text.replace("First", "Last"))
    run("import", "hashnode", path)
    assert Post.objects.get().title == "Last"
    assert "is in the archive twice" in report(data)


def test_file_names_can_contain_any_bytes(owner: User, backup: Backup, data: Path) -> None:
    folder = backup(dict([post(1)]))
    (folder / os.fsdecode(b"caf\xe9.md")).write_text(post(2, title="Odd")[1])
    assert "2  new" in run("import", "hashnode", folder)
    assert "caf\ufffd.md: new, “Odd”" in report(data)


def test_path_traversal_links_and_zip_bombs_are_rejected_by_name(
    owner: User, tmp_path: Path, data: Path
) -> None:
    path = archive(
        tmp_path / "b.zip",
        {"../evil.md": "x", "/etc/evil.md": "x", "bomb.md": b"a" * 40_000_000, **dict([post()])},
    )
    link = zipfile.ZipInfo("link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(link, "/etc/passwd")
    assert "4  could not be read" in run("import", "hashnode", path)
    for name in ("../evil.md", "/etc/evil.md", "bomb.md", "link.md"):
        assert f"{name}: could not be read" in report(data)
    assert Post.objects.count() == 1


def test_the_unpacked_size_of_an_archive_is_limited(
    owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 200)
    path = archive(tmp_path / "b.zip", dict(post(n) for n in range(5)))
    out = run("import", "hashnode", path)
    assert "1  new" in out
    assert "4  could not be read" in out


def test_a_damaged_entry_is_reported_and_the_others_are_imported(
    owner: User, tmp_path: Path, data: Path
) -> None:
    path = archive(tmp_path / "b.zip", dict(post(n, body=f"unlikely{n}" * 50) for n in range(2)))
    with zipfile.ZipFile(path) as packed:
        entry = packed.infolist()[0]
    raw = bytearray(path.read_bytes())
    raw[entry.header_offset + 60 : entry.header_offset + 90] = b"\xff" * 30
    path.write_bytes(raw)
    out = run("import", "hashnode", path)
    assert "1  new" in out
    assert f"{entry.filename}: could not be read" in report(data)


def test_damaged_and_unnamed_entries_do_not_stop_an_import(
    owner: User, tmp_path: Path, data: Path
) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as packed:
        packed.writestr("torn.md", "unlikely" * 500)
        packed.writestr(".", "nothing")
        packed.writestr(*post())
        at = packed.getinfo("torn.md").header_offset + 60
    raw = bytearray(path.read_bytes())
    raw[at : at + 20] = b"\xff" * 20
    path.write_bytes(raw)
    assert "1  new" in run("import", "hashnode", path)
    assert "torn.md: could not be read" in report(data)


def test_a_named_pipe_in_a_folder_does_not_block_an_import(owner: User, backup: Backup) -> None:
    folder = backup(dict([post(1)]))
    os.mkfifo(folder / post(2)[0])
    assert "1  could not be read" in run("import", "hashnode", folder)


def test_symbolic_links_in_a_folder_are_not_followed(
    owner: User, backup: Backup, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text(post(2)[1])
    folder = backup(dict([post(1)]))
    (folder / post(2)[0]).symlink_to(secret)
    out = run("import", "hashnode", folder)
    assert "1  new" in out
    assert "1  could not be read" in out


def test_an_empty_folder_has_nothing_to_import(owner: User, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="nothing to import"):
        run("import", "hashnode", tmp_path / "empty")


@pytest.mark.parametrize("name", ["missing", "missing.zip"])
def test_the_error_for_a_missing_path_names_it(owner: User, tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match=f"{name} does not exist"):
        run("import", "hashnode", tmp_path / name)


def test_a_zip_file_that_is_no_archive_is_rejected(owner: User, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("no")
    with pytest.raises(CommandError, match=r"b\.zip is not a ZIP archive"):
        run("import", "hashnode", tmp_path / "b.zip")


def test_the_error_for_an_unknown_author_lists_the_users(
    owner: User, author: User, reader: User, backup: Backup
) -> None:
    with pytest.raises(CommandError, match=r"There is no user “x”\. Users: ada, olivia"):
        run("import", "hashnode", backup({}), "--author", "x")
    with pytest.raises(CommandError, match="a reader"):
        run("import", "hashnode", backup({}), "--author", "rita")


def test_the_author_can_be_selected(author: User, backup: Backup) -> None:
    run("import", "hashnode", backup(dict([post()])), "--author", "ADA")
    assert list(Post.objects.get().authors.all()) == [author]


def test_the_author_must_be_selected_if_there_are_two_owners(
    owner: User, author: User, backup: Backup
) -> None:
    User.objects.filter(pk=author.pk).update(role="owner")
    with pytest.raises(CommandError, match="--author NAME, one of: ada, olivia"):
        run("import", "hashnode", backup({}))


def test_an_import_requires_an_owner(db: None, backup: Backup) -> None:
    with pytest.raises(CommandError, match="no owner yet"):
        run("import", "hashnode", backup({}))


@pytest.mark.parametrize(
    "head",
    [
        "title: [1, 2]",
        "title: {a: b}",
        "title: x\nstatus: evil",
        "title: x\nstatus: [draft]",
        "title: x\ndate: 9999-12-31T23:59:59-12:00",
        "title: x\ndate: 0001-01-01T00:00:00+12:00",
        "title: x\ntags: {a: b}\nauthors: {a: 1}\nseries: [a]",
        "title: x\nid: nope\nversion: 999999999999999999999",
    ],
)
@pytest.mark.parametrize("kind", ["hashnode", "markdown"])
def test_invalid_front_matter_does_not_stop_an_import(
    owner: User, tmp_path: Path, kind: str, head: str
) -> None:
    (tmp_path / f"{post(1)[0]}").write_text(f"---\n{head}\n---\n\nText")
    for _again in range(2):
        run("import", kind, tmp_path)
    if "evil" in head:
        assert not Post.objects.visible_to(None).exists()
