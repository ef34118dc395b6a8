"""The JSON export of Hashnode's dashboard."""

import io
import json
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from django.core.management import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.transfer.importers import hashnode
from broadsheet.transfer.importers.hashnode import json_stream
from broadsheet.transfer.records import PostRecord, SkippedFile
from tests.examples import examples
from tests.transfer.conftest import Backup, post, report, run

pytestmark = pytest.mark.django_db

ENTRY = {
    "_id": "64a1b2c3d4e5f60718293a4b",
    "cuid": "clmu84273000809l2cwz5ayzf",
    "title": "From the dashboard",
    "slug": "from-the-dashboard",
    "contentMarkdown": "Some *words*",
    "brief": "In brief",
    "coverImage": "https://cdn.example/c.png",
    "dateAdded": "2023-09-22T06:31:09.000Z",
    "dateUpdated": "2023-10-01T00:00:00.000Z",
    "tags": [{"_id": "1", "name": "Web Development", "slug": "web-development"}],
    "series": {"name": "Serial", "slug": "serial"},
    "isActive": True,
    "views": 12,
}


class MemorySource:
    """A source of one file."""

    def __init__(self, data: bytes) -> None:
        self.names = ["export.json"]
        self.folder = "exports"
        self.is_single = True
        self.refused: list[tuple[str, str]] = []
        self.data = data

    def read(self, _name: str) -> bytes:
        return self.data

    def open(self, _name: str) -> BinaryIO:
        return io.BytesIO(self.data)


def imported(tmp_path: Path, content: object) -> str:
    path = tmp_path / "export.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return run("import", "hashnode", path)


@pytest.mark.parametrize("shape", ["posts", "publication", "list"])
def test_the_posts_of_an_export_are_found_in_any_structure(
    owner: User, tmp_path: Path, data: Path, shape: str
) -> None:
    wrapped: dict[str, Any] = {
        "posts": {"posts": [ENTRY]},
        "publication": {"publication": {"title": 'a "posts": [', "posts": [ENTRY]}},
        "list": [ENTRY],
    }
    imported(tmp_path, wrapped[shape])
    saved = Post.objects.get()
    assert (saved.title, saved.content, saved.excerpt) == (
        "From the dashboard",
        "Some *words*",
        "In brief",
    )
    assert saved.source_id == "hashnode:clmu84273000809l2cwz5ayzf"
    assert saved.cover_url == "https://cdn.example/c.png"
    assert saved.pub_date is not None
    assert (saved.pub_date.month, saved.updated_at.month) == (9, 10)
    assert [tag.name for tag in saved.tags.all()] == ["web-development"]
    assert saved.series is not None
    assert saved.series.name == "Serial"
    assert "field “views”" in report(data)


def test_the_structure_of_the_api_is_accepted(owner: User, tmp_path: Path) -> None:
    entry = {
        "id": "64a1b2c3d4e5f60718293a4b",
        "title": "T",
        "slug": "t",
        "content": {"markdown": "M", "html": "<p>M</p>"},
        "publishedAt": "2023-09-22T06:31:09.000Z",
        "coverImage": {"url": "https://cdn.example/c.png"},
        "seo": {"title": "S", "description": "D"},
        "preferences": {"isDelisted": True, "disableComments": True},
        "tags": [],
    }
    imported(tmp_path, {"posts": [entry]})
    saved = Post.objects.get()
    assert (saved.content, saved.cover_url, saved.seo_title) == (
        "M",
        "https://cdn.example/c.png",
        "S",
    )
    assert (saved.status, saved.allows_comments) == ("unlisted", False)


def test_a_deleted_post_is_a_draft_and_html_without_markdown_is_reported(
    owner: User, tmp_path: Path, data: Path
) -> None:
    entry = {**ENTRY, "isActive": False, "content": "<p>Only HTML</p>"}
    del entry["contentMarkdown"]
    imported(tmp_path, {"posts": [entry]})
    assert Post.objects.get().status == "draft"
    assert Post.objects.get().content == "<p>Only HTML</p>"
    assert "deleted at the source" in report(data)
    assert "only HTML" in report(data)


@pytest.mark.parametrize("text", ["", "hello", "{}", '{"posts": 3}', "[", '{"posts": ['])
def test_a_file_that_is_no_export_is_reported(owner: User, tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError, match=r"(?s)Nothing was imported.*1  could not be read"):
        imported(tmp_path, text)


DRAFTS: list[dict[str, Any]] = [
    {"dateAdded": None, "dateUpdated": "2023-10-01T00:00:00.000Z"},
    {"dateAdded": None, "createdAt": "2023-10-01T00:00:00.000Z"},
    {"status": "draft"},
    {"status": "SCHEDULED"},
    {"visibility": "members"},
]


@pytest.mark.parametrize("changes", DRAFTS)
def test_an_unpublished_post_is_a_draft(
    owner: User, tmp_path: Path, data: Path, changes: dict[str, Any]
) -> None:
    imported(tmp_path, [{**ENTRY, **changes}])
    assert Post.objects.get().status == "draft"
    assert "imported as a draft" in report(data)


@pytest.mark.parametrize("status", ["published", "PUBLISHED"])
def test_a_published_post_is_published(owner: User, tmp_path: Path, status: str) -> None:
    imported(tmp_path, [{**ENTRY, "status": status, "isActive": True, "visibility": "public"}])
    assert Post.objects.get().status == "published"


@pytest.mark.parametrize(
    "wrapped",
    [
        {"posts": [ENTRY], "drafts": [{"_id": "5c2ca6dfe015a67616182302", "title": "D"}]},
        {"drafts": {"posts": [{**ENTRY, "cuid": "other"}]}, "posts": [ENTRY]},
        {"blogs": [{"drafts": [{**ENTRY, "cuid": "other"}]}, {"posts": [ENTRY]}]},
    ],
)
def test_entries_of_a_list_of_drafts_are_drafts_at_any_level(
    owner: User, tmp_path: Path, wrapped: dict[str, Any]
) -> None:
    imported(tmp_path, wrapped)
    assert sorted(Post.objects.values_list("status", flat=True)) == ["draft", "published"]


def test_entries_without_content_are_no_posts(owner: User, tmp_path: Path, data: Path) -> None:
    out = imported(tmp_path, [{**ENTRY, "contentMarkdown": " \n"}, {**ENTRY, "cuid": "other"}])
    assert "1  new" in out
    assert "export.json, post 1: not a post, has no text" in report(data)


def test_json_files_in_a_backup_are_skipped(owner: User, backup: Backup, data: Path) -> None:
    name, text = post(1)
    listed = {**ENTRY, "cuid": name.removesuffix(".md"), "contentMarkdown": ""}
    files: dict[str, str | bytes] = {
        name: text,
        "data/posts.json": json.dumps({"posts": [listed, ENTRY]}),
        "package.json": '{"name": "blog"}',
        "tsconfig.json": "// comments\n{}",
    }
    out = run("import", "hashnode", backup(files))
    assert "1  new" in out
    assert "3  not a post" in out
    assert "could not be read" not in out
    assert Post.objects.get().content == "Text."
    assert "data/posts.json: not a post, is JSON inside a backup" in report(data)


def test_a_folder_that_contains_only_an_export_is_an_export(owner: User, backup: Backup) -> None:
    run("import", "hashnode", backup({"posts.json": json.dumps([ENTRY])}))
    assert Post.objects.get().title == "From the dashboard"


def test_an_explicit_slug_takes_precedence_over_a_generated_one(
    owner: User, tmp_path: Path
) -> None:
    guess = {**ENTRY, "cuid": "clmu84273000809l2cwz5ayza", "slug": "", "contentMarkdown": "Guess"}
    imported(tmp_path, [guess, ENTRY])
    assert Post.objects.get(slug="from-the-dashboard").content == "Some *words*"
    assert Post.objects.get(content="Guess").slug == "from-the-dashboard-2"


def test_posts_of_a_truncated_export_are_imported_up_to_its_end(
    owner: User, tmp_path: Path, data: Path
) -> None:
    whole = json.dumps({"posts": [ENTRY, {**ENTRY, "cuid": "x"}]})
    out = imported(tmp_path, whole[:-60])
    assert "1  new" in out
    assert "export.json, after post 1: could not be read" in report(data)


@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_characters_that_databases_reject_are_removed_everywhere(
    owner: User, tmp_path: Path, data: Path, character: str
) -> None:
    def corrupted(value: object) -> object:
        match value:
            case str():
                return f"{value}{character}"
            case list():
                return [corrupted(part) for part in value]
            case dict():
                return {key: corrupted(part) for key, part in value.items()}
        return value

    unknown = {f"odd{character}": f"x{character}", "datePublished": f"no{character} date"}
    out = imported(tmp_path, {"posts": [{**ENTRY, **unknown, "cuid": "other"}, corrupted(ENTRY)]})
    assert "2  new" in out
    assert Post.objects.filter(source_id__startswith="hashnode:clmu84273000809l2cwz5ayzf").exists()
    assert "odd" in report(data)


@settings(max_examples=examples(50))
@given(st.lists(st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.none())))
def test_entries_are_read_as_they_were_written(entries: list[dict[str, object]]) -> None:
    for text in (json.dumps({"a": 1, "posts": entries}), json.dumps(entries, indent=1)):
        read = [entry.value for entry in json_stream.iter_entries(io.BytesIO(text.encode()))]
        assert read == entries


@settings(max_examples=examples(50))
@given(st.recursive(st.none() | st.floats(allow_nan=False) | st.text(), st.lists))
def test_lists_of_posts_are_found_after_any_other_values(other: object) -> None:
    whole = {"a": other, "b": {"c": [{"x": other, "posts": [1.5, "two"]}]}, "drafts": [other]}
    file = io.BytesIO(json.dumps(whole).encode())
    assert list(json_stream.iter_entries(file)) == [
        (("b", "c", "", "posts"), 1.5),
        (("b", "c", "", "posts"), "two"),
        (("drafts",), other),
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from([*ENTRY, "content", "seo"]), inner)
    ),
)


@settings(max_examples=examples(100))
@given(ANYTHING)
def test_entries_of_any_shape_are_posts_or_skipped(entry: object) -> None:
    text = json.dumps({"posts": [entry]}).encode()
    items = list(hashnode.read_items(MemorySource(text), fixes_encoding=True))
    assert [type(item) for item in items] in ([PostRecord], [SkippedFile])


@pytest.mark.parametrize("year", ["0001", "1899", "3000", "9999"])
def test_an_implausible_date_is_ignored_and_reported(
    year: str, owner: User, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "export.json"
    entry = {**ENTRY, "dateAdded": f"{year}-06-01T00:00:00.000Z"}
    file.write_text(json.dumps({"posts": [entry]}))
    run("import", "hashnode", file, "--author", owner.username)
    post = Post.objects.get(slug="from-the-dashboard")
    assert post.pub_date is None or 1900 <= post.pub_date.year <= 2999
    assert "invalid date" in report(data)
