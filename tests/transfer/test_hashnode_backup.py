"""Backups of Hashnode: their fields, layouts and irregularities."""

import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.publication.models import Redirect
from tests.transfer.conftest import Backup, post, report, run

pytestmark = pytest.mark.django_db

FULL = """subtitle: "Said quietly"
seoTitle: "For engines"
seoDescription: "About the
  thing"
canonical: https://elsewhere.example/first
cover: https://cdn.example/cover.png
ogImage: https://cdn.example/shared.png
tags: django, web-development
series: "The beginning"
disableComments: true
enableToc: true"""


def imported(folder: Path, *words: str) -> Post:
    run("import", "hashnode", folder, *words)
    return Post.objects.for_reading().get()


def test_a_post_keeps_all_fields_of_its_front_matter(owner: User, backup: Backup) -> None:
    saved = imported(backup(dict([post(title='The "first" one', slug="first", more=FULL)])))
    assert (saved.title, saved.subtitle, saved.slug) == ('The "first" one', "Said quietly", "first")
    assert (saved.seo_title, saved.seo_description) == ("For engines", "About the thing")
    assert saved.canonical_url == "https://elsewhere.example/first"
    assert saved.cover_src == "https://cdn.example/cover.png"
    assert saved.share_image_url == "https://cdn.example/shared.png"
    assert [tag.name for tag in saved.tags.all()] == ["django", "web-development"]
    assert saved.series is not None
    assert saved.series.name == "The beginning"
    assert saved.pub_date == saved.updated_at == dt.datetime(2023, 9, 22, 6, 31, 9, tzinfo=dt.UTC)
    assert (saved.status, saved.content, list(saved.authors.all())) == (
        "published",
        "Text.",
        [owner],
    )
    assert not saved.allows_comments
    assert saved.shows_contents
    assert not saved.is_date_estimated


def test_a_numeric_slug_is_text_and_control_characters_are_removed(
    owner: User, backup: Backup, data: Path
) -> None:
    saved = imported(backup(dict([post(title="Bell\x07 and\x00 whistle", slug="00123")])))
    assert (saved.slug, saved.title) == ("00123", "Bell and whistle")
    assert "control characters" in report(data)


def test_tags_can_be_a_text_a_list_or_missing(owner: User, backup: Backup) -> None:
    lists = {"a": "tags: one, two", "b": "tags:\n  - one\n  - two", "c": "tags: [one, 'two']"}
    files = dict(post(n, slug=slug, more=more) for n, (slug, more) in enumerate(lists.items()))
    run("import", "hashnode", backup(files | dict([post(9, slug="none")])))
    for slug in lists:
        tags = Post.objects.get(slug=slug).tags
        assert sorted(tags.values_list("name", flat=True)) == ["one", "two"]
    assert Post.objects.get(slug="none").tags.count() == 0


def test_the_cuid_after_a_tag_is_removed(owner: User, backup: Backup) -> None:
    tags = "tags: programming-ciovqvfcb008mb253jrczo9ye, programming, c-plus-plus, -web, a-cat"
    saved = imported(backup(dict([post(more=tags)])))
    assert [tag.slug for tag in saved.tags.all()] == ["programming", "c-plus-plus", "web", "a-cat"]


def test_drafts_are_recognized_by_each_of_their_marks(owner: User, backup: Backup) -> None:
    files = {
        "draft-64a1b2c3d4e5f60718293a4b.md": '---\ntitle: "Unfinished"\n---\n\nSome words',
        "draft-64a1b2c3d4e5f60718293a4c.md": "Words and no head",
        **dict([post(2, slug="saved", more="saveAsDraft: true")]),
        **dict([post(3, slug="ignored", more="ignorePost: true")]),
    }
    run("import", "hashnode", backup(files))
    assert set(Post.objects.values_list("status", flat=True)) == {"draft"}
    unfinished = Post.objects.get(title="Unfinished")
    assert unfinished.pub_date is None
    assert unfinished.created_at.year == 2023
    assert Post.objects.filter(title="Words and no head", content="Words and no head").exists()


def test_the_older_layout_has_the_title_in_its_first_line(owner: User, backup: Backup) -> None:
    files: dict[str, str | bytes] = {
        "ckdr7cmma04ehl9s1dq85cr4i.md": "## Five *small* things #\n\nThe text\n",
        "ckdr8w2o104jpl9s1gold7rt9.md": "# **Loud**\nThe text",
        "ckdri14bb00kffzs10zab3fbd.md": "No heading, just [words](https://e.example)\n\nmore",
    }
    run("import", "hashnode", backup(files))
    small = Post.objects.get(source_id="hashnode:ckdr7cmma04ehl9s1dq85cr4i")
    assert (small.title, small.content) == ("Five *small* things", "The text")
    assert small.slug == "five-small-things"
    assert small.is_date_estimated
    assert small.pub_date is not None
    assert (small.pub_date.year, small.pub_date.month) == (2020, 8)
    assert Post.objects.filter(title="Loud", content="The text").exists()
    assert Post.objects.get(title="No heading, just words").content.startswith("No heading")
    assert Redirect.objects.get(old_path="/loud-ckdr8w2o104jpl9s1gold7rt9").new_path == "/loud"


def test_a_missing_date_is_derived_from_the_id(owner: User, backup: Backup) -> None:
    text = '---\ntitle: "Undated"\ncuid: ckdr7cmma04ehl9s1dq85cr4i\nslug: undated\n---\n\nText'
    saved = imported(backup({"ckdr7cmma04ehl9s1dq85cr4i.md": text}))
    milliseconds = int("kdr7cmma", 36)
    assert saved.pub_date == dt.datetime.fromtimestamp(milliseconds / 1_000, dt.UTC)
    assert saved.is_date_estimated


def test_a_post_with_a_future_date_is_scheduled(owner: User, backup: Backup) -> None:
    year = timezone.now().year + 1
    _name, text = post()
    saved = imported(backup({_name: text.replace("2023", str(year))}))
    assert saved.status == "scheduled"


def test_files_that_are_no_posts_are_skipped_and_reported(
    owner: User, backup: Backup, data: Path
) -> None:
    files: dict[str, str | bytes] = {
        "README.md": "# Mine",
        "LICENSE": "MIT",
        "notes.md": "Hm",
        "sub/x.png": b"\x89PNG",
    }
    out = run("import", "hashnode", backup({**files, **dict([post()])}))
    assert "4  not a post" in out
    assert all(f"{name}: not a post, " in report(data) for name in files)
    assert Post.objects.count() == 1


def test_used_and_reserved_slugs_are_changed_and_redirected_if_possible(
    owner: User, backup: Backup, data: Path
) -> None:
    files = dict(
        [
            post(1, slug="same", title="One"),
            post(2, slug="same", title="Two"),
            post(3, slug="authors", title="Me"),
            post(4, slug="search", title="Found"),
            post(5, slug="odd.slug", title="Odd"),
        ]
    )
    run("import", "hashnode", backup(files))
    slugs = dict(Post.objects.values_list("title", "slug"))
    assert slugs["One"] == "same"
    assert slugs["Two"] == "same-2"
    assert slugs["Odd"] == "odd"
    redirects = dict(Redirect.objects.values_list("old_path", "new_path"))
    assert redirects == {"/authors": f"/{slugs['Me']}", "/odd.slug": "/odd"}
    assert "/same, moved to /same-2" in report(data)
    assert "/search, moved to" in report(data)


def test_files_with_the_same_id_are_one_post(owner: User, backup: Backup, data: Path) -> None:
    name, text = post(title="Once")
    folder = backup({name: text, f"copy/{name}": text.replace("Once", "Twice")})
    assert "1  new" in run("import", "hashnode", folder)
    assert f"copy/{name}: not a post, has the same identifier as a post in another file" in report(
        data
    )
    assert "1  unchanged" in run("import", "hashnode", folder)
    assert Post.objects.get().title == "Once"


def test_files_with_the_same_name_and_no_id_are_two_posts(owner: User, backup: Backup) -> None:
    text = "---\ntitle: {}\ndatePublished: 2023-01-01\n---\n\nText"
    folder = backup({"a/post.md": text.format("One"), "b/post.md": text.format("Two")})
    assert "2  new" in run("import", "hashnode", folder)
    assert set(Post.objects.values_list("title", flat=True)) == {"One", "Two"}


def test_a_post_with_front_matter_but_no_date_or_cuid_is_a_draft(
    owner: User, backup: Backup, data: Path
) -> None:
    text = "---\ntitle: Undated\nslug: undated\n---\n\nText"
    assert imported(backup({"64a1b2c3d4e5f60718293a4b.md": text})).status == "draft"
    assert "no date, imported as a draft" in report(data)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("# Tips on F#", "Tips on F#"),
        ("## C# and F# ##", "C# and F#"),
        ("# Closed #", "Closed"),
        ("#\tTab\t##  ", "Tab"),
        ("# C\\#", "C#"),
        (r"# Escaped \*stars\* #", "Escaped *stars*"),
        ("# a" + " " * 200_000 + "b", "a b"),
    ],
)
def test_the_title_of_the_older_layout_is_a_commonmark_heading(
    owner: User, backup: Backup, line: str, title: str
) -> None:
    saved = imported(backup({"ckdr7cmma04ehl9s1dq85cr4i.md": f"{line}\n\nThe text"}))
    assert (saved.title, saved.content) == (title, "The text")


def test_explicit_slugs_take_precedence_over_generated_ones(
    owner: User, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.transfer.pipeline.BATCH_SIZE", 1)
    draft = "---\ntitle: Hello there\n---\n\nDraft"
    files: dict[str, str | bytes] = {
        "cl0000001000008l4abcd1234.md": "# Hello there\n\nGuessed",
        "draft-64a1b2c3d4e5f60718293a4b.md": draft,
        **dict([post(2, title="Hello there", slug="hello-there", body="Real")]),
    }
    run("import", "hashnode", backup(files))
    assert dict(Post.objects.values_list("content", "slug")) == {
        "Real": "hello-there",
        "Guessed": "hello-there-2",
        "Draft": "hello-there-3",
    }


def test_garbled_text_is_reported_and_repaired_on_request(
    owner: User, backup: Backup, data: Path
) -> None:
    garbled = "Itâ€™s fast ðŸš—ðŸ’¨, voilÃ\xa0!"  # noqa: RUF001
    folder = backup(dict([post(body=f"{garbled}\n\nGood: “café” 日本 ’")]))  # noqa: RUF001
    assert garbled in imported(folder).content
    assert "wrongly decoded" in report(data)
    content = imported(folder, "--fix-encoding").content
    assert content == "It’s fast 🚗💨, voilà!\n\nGood: “café” 日本 ’"  # noqa: RUF001
    assert "1  unchanged" in run("import", "hashnode", folder)
    assert "1  unchanged" in run("import", "hashnode", folder, "--fix-encoding")


def test_a_file_that_is_not_utf8_is_imported_and_reported(
    owner: User, backup: Backup, data: Path
) -> None:
    name, text = post(body="caf\xe9 \x93hm\x94")
    saved = imported(backup({name: text.encode("latin-1")}))
    assert saved.content == "café “hm”"
    assert "not UTF-8" in report(data)


def test_a_post_that_cannot_be_rendered_is_a_draft(owner: User, backup: Backup, data: Path) -> None:
    wide = "|" + "a|" * 3_000 + "\n|" + "-|" * 3_000
    run("import", "hashnode", backup(dict([post(1, body=wide), post(2)])))
    saved = Post.objects.get(slug="post-1")
    assert saved.status == "draft"
    assert all(line in saved.content for line in wide.split("\n"))
    assert "text that cannot be rendered" in report(data)
    assert Post.objects.get(slug="post-2").status == "published"


def test_values_that_are_too_long_or_invalid_are_changed_and_reported(
    owner: User, backup: Backup, data: Path
) -> None:
    more = f"canonical: no address\nseries: {'s' * 300}\ntags: {'t' * 200}, ok"
    saved = imported(backup(dict([post(title="x" * 500, slug="y", more=more)])))
    assert saved.title == "x" * 299 + "…"
    assert saved.canonical_url == ""
    assert saved.series is not None
    assert saved.tags.filter(name="ok").exists()
    assert saved.tags.filter(name="t" * 100).exists()
    text = report(data)
    assert f"It was: {'t' * 200}\n" in text
    assert "It was: no address" in text
    assert "x" * 500 in text


def test_tags_and_series_with_invisible_names_are_skipped_and_reported(
    owner: User, backup: Backup, data: Path
) -> None:
    saved = imported(backup(dict([post(more="series: \u2066\ntags: ok, \u2060\u202e, good")])))
    assert [tag.name for tag in saved.tags.all()] == ["ok", "good"]
    assert saved.series is None
    text = report(data)
    assert "This name consists of invisible characters only: U+2060 U+202E. It was: " in text
    assert "invisible characters only: U+2066" in text


def test_script_elements_are_removed_and_reported(owner: User, backup: Backup, data: Path) -> None:
    saved = imported(backup(dict([post(body="Hello\n\n<script>alert(1)</script>\n\nBye")])))
    assert "<script" not in saved.html
    assert "<script>" in saved.content
    assert "markup removed: " in report(data)
