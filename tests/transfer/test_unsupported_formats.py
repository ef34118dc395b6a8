"""Exports of other programs: reported by name, and never mistaken for something else."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.transfer import tasks
from broadsheet.transfer.models import ImportRun
from tests.transfer.conftest import run

pytestmark = pytest.mark.django_db

POST = {
    "id": "1",
    "title": "Paid",
    "slug": "paid",
    "html": "<p>secret</p>",
    "status": "draft",
    "visibility": "paid",
    "mobiledoc": None,
    "published_at": "2023-01-01T00:00:00Z",
}
GHOST: dict[str, Any] = {"db": [{"meta": {"exported_on": 1}, "data": {"posts": [POST]}}]}
OLD_GHOST: dict[str, Any] = {"data": {"posts": [POST]}, "meta": {"exported_on": 1}}
# The beginning of the file does not identify it.
LONG_GHOST = {"x": ["long"] * 20_000, "data": {"posts": [POST]}}
DEV = [{"type_of": "article", "title": "T", "slug": "t", "body_markdown": "secret"}]
WXR = (
    '<?xml version="1.0"?><rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
    "<item><title>T</title><wp:status>private</wp:status></item></channel></rss>"
)
MEDIUM = '<html><body><article class="h-entry"><h1 class="p-name">T</h1></article></body></html>'
FILES: dict[str, tuple[dict[str, str], str]] = {
    "Ghost": ({"ghost.json": json.dumps(GHOST)}, "This is a Ghost export"),
    "older Ghost": ({"g.json": json.dumps(OLD_GHOST)}, "This is a Ghost export"),
    "Ghost after other data": ({"g.json": json.dumps(LONG_GHOST)}, "This is a Ghost export"),
    "Ghost in an archive": (
        {"data/ghost.json": json.dumps(GHOST), "content/images/a.png": "x"},
        "This is a Ghost export",
    ),
    "dev.to": ({"articles.json": json.dumps(DEV)}, "This is an export of dev.to"),
    "WordPress": ({"wordpress.xml": WXR}, "This is a WordPress export (WXR)"),
    "Medium": (
        {"posts/2020-01-01_T-1.html": MEDIUM, "profile/profile.html": "<html>"},
        "This is a Medium export",
    ),
    "Substack": (
        {"posts.csv": "post_id,post_date,is_published\n1.t,,false\n", "posts/1.t.html": "<p>x</p>"},
        "This is a Substack export",
    ),
    "unknown format": ({"notes.bin": "\x01\x02"}, "Nothing was imported"),
    "another site's feed": ({"feed.xml": "<rss><channel/></rss>"}, "Nothing was imported"),
    "a list of something else": ({"posts.json": '[{"title": "x"}]'}, "Nothing was imported"),
}


def packed(folder: Path, files: dict[str, str]) -> Path:
    """Return the only file, or an archive with all of them."""
    if len(files) == 1:
        ((name, text),) = files.items()
        path = folder / name
        path.write_text(text)
        return path
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("kind", ["hashnode", "markdown"])
@pytest.mark.parametrize("program", FILES)
def test_the_command_names_the_format_and_fails(
    owner: User, tmp_path: Path, program: str, kind: str
) -> None:
    files, message = FILES[program]
    if kind == "markdown" and program in {"dev.to", "Ghost after other data"}:
        message = "Nothing was imported"  # which does not look into JSON
    with pytest.raises(CommandError) as error:
        run("import", kind, packed(tmp_path, files))
    assert message in str(error.value)
    assert error.value.returncode != 0
    assert not Post.objects.exists()


@pytest.mark.parametrize("program", FILES)
def test_the_studio_names_the_format(
    owner: User, client: Client, tmp_path: Path, program: str
) -> None:
    files, message = FILES[program]
    path = packed(tmp_path, files)
    client.force_login(owner)
    file = SimpleUploadedFile(path.name, path.read_bytes())
    form = {"archive": [file], "origin": "hashnode", "author": str(owner.pk)}
    page = client.post("/studio/import", form, follow=True)
    if import_run := ImportRun.objects.first():
        tasks.carry_out.func(str(import_run.pk))
        page = client.get(f"/studio/import/{import_run.pk}")
        assert ImportRun.objects.get().status == "failed"
    elif path.suffix not in {".zip", ".json", ".md"} and message == "Nothing was imported":
        message = "not a ZIP archive, a JSON export or a Markdown file"
    assert message in page.text
    assert not Post.objects.exists()


def test_a_repeated_import_is_no_error(owner: User, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ntitle: A\nid: 0198a4f0-0000-7000-8000-000000000000\n---\n")
    assert "1  new" in run("import", "markdown", tmp_path)
    assert "1  unchanged" in run("import", "markdown", tmp_path)
