"""Markdown export and import: a round trip changes nothing."""

import datetime as dt
import io
import itertools
import shutil
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.media.actions import upload
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.actions import NewPostInput
from broadsheet.posts.models import Post
from tests.examples import examples
from tests.transfer.conftest import Backup, post, report, run

pytestmark = pytest.mark.django_db

NUMBERS = itertools.count()
FIELDS = (
    "title subtitle slug content excerpt cover_url cover_alt status pub_date is_date_estimated"
    " created_at updated_at canonical_url seo_title seo_description share_image_url language"
    " kind page_layout series_position is_featured allows_comments shows_contents"
).split()


def all_posts() -> list[dict[str, object]]:
    """Return all posts with everything that an export contains."""
    return [
        {
            **{name: getattr(one, name) for name in FIELDS},
            "authors": [user.username for user in one.authors.all()],
            "tags": [tag.name for tag in one.tags.all()],
            "series": one.series and one.series.name,
            "cover": one.cover and one.cover.digest,
            "html": one.html,
        }
        for one in Post.objects.for_reading().order_by("slug")
    ]


def delete_posts() -> None:
    Post.objects.all().delete()


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80)
TITLES = WORDS.filter(str.strip)
EARLIEST, TODAY = dt.datetime(1900, 1, 1), dt.datetime(2026, 1, 1)  # noqa: DTZ001 - Hypothesis' way
DATETIMES = st.datetimes(EARLIEST, TODAY, timezones=st.just(dt.UTC))
SOME_DAY = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
STATUSES = st.sampled_from([status for status in Post.Status.values if status != "scheduled"])
POSTS = st.fixed_dictionaries(
    {"title": TITLES, "pub_date": DATETIMES, "status": STATUSES},
    optional={
        "subtitle": WORDS,
        "content": WORDS | st.text(st.sampled_from("---\n\r #`:\"'")),
        "excerpt": WORDS,
        "cover_alt": WORDS,
        "cover_url": st.just("https://e.example/ü?a=1&b='x'"),
        "canonical_url": st.just("https://e.example/x"),
        "seo_title": WORDS,
        "seo_description": WORDS,
        "share_image_url": st.just("https://e.example/s.png"),
        "language": st.sampled_from(["de", "ar"]),
        "kind": st.sampled_from(Post.Kind.values),
        "page_layout": st.sampled_from(Post.Layout.values),
        "series_position": st.integers(0, 1_000),
        "is_featured": st.booleans(),
        "allows_comments": st.booleans(),
        "shows_contents": st.booleans(),
        "is_date_estimated": st.booleans(),
        "created_at": DATETIMES,
        "updated_at": DATETIMES,
        "tags": st.lists(WORDS.filter(str.isalnum), max_size=3),
        "series": WORDS.filter(str.isalnum),
    },
)


@pytest.mark.slow
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(POSTS, min_size=1, max_size=3))
@example([{"title": "- 1e3: 'x' \"y\" #z", "status": "draft", "content": "\n---\na: b\n---\n\n"}])
@example(
    [{"title": "Soon", "status": "scheduled", "pub_date": dt.datetime(2100, 1, 1, tzinfo=dt.UTC)}]
)
@example([{"title": "No", "status": "draft", "content": "a\r\nb\x85\u2028c \ufeff\t"}])
def test_an_import_of_an_export_changes_nothing(
    owner: User, another_author: User, tmp_path: Path, drafts: list[NewPostInput]
) -> None:
    delete_posts()
    actions.create_many([{**d, "authors": [another_author, owner]} for d in drafts], by=owner)
    before = all_posts()
    target = tmp_path / f"{next(NUMBERS)}.zip"
    run("export", "markdown", target)
    summary = run("import", "markdown", target)
    assert "could not" not in summary
    assert "changed to a valid value" not in summary
    assert all_posts() == before
    delete_posts()
    run("import", "markdown", target)
    assert all_posts() == before


def test_each_post_is_a_readable_file_named_after_its_slug(owner: User, tmp_path: Path) -> None:
    actions.create(by=owner, title='The "first"', content="Text\n", tags=["a", "b"], status="draft")
    pub_date = dt.datetime(2023, 9, 22, 6, tzinfo=dt.UTC)
    actions.create(by=owner, title="Second", slug="第二", status="published", pub_date=pub_date)
    deleted = actions.create(by=owner, title="Gone")
    actions.delete(deleted, by=owner)
    assert "2 posts" in run("export", "markdown", tmp_path / "out")
    files = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.md")}
    assert files == {"drafts/the-first.md", "第二.md"}
    text = (tmp_path / "out/drafts/the-first.md").read_text()
    assert text.startswith('---\ntitle: "The \\"first\\""\nslug: "the-first"\nstatus: "draft"\n')
    assert 'tags: ["a", "b"]\n' in text
    assert text.endswith("---\n\nText\n\n")
    assert 'date: "2023-09-22T06:00:00+00:00"' in (tmp_path / "out/第二.md").read_text()


def test_two_exports_are_equal_byte_for_byte(owner: User, tmp_path: Path) -> None:
    actions.create_many([{"title": f"Post {n}"} for n in range(3)], by=owner)
    run("export", "markdown", tmp_path / "1.zip")
    run("export", "markdown", tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


@pytest.fixture
def image(owner: User) -> Image:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 6), "red").save(out, "PNG")
    return upload(io.BytesIO(out.getvalue()), name="red.png", by=owner)


def test_images_are_exported_and_imported(
    owner: User, image: Image, tmp_path: Path, settings: Settings
) -> None:
    text = (
        f"![]({image.url}) and ![]({image.url} align='center')"
        f" <img alt='' src='{image.url}'> <img src = \"{image.url}\"> <img src={image.url}>"
    )
    actions.create(by=owner, title="One", content=text, cover=image)
    before = all_posts()
    run("export", "markdown", tmp_path / "out")
    [name] = (tmp_path / "out/images").iterdir()
    exported = (tmp_path / "out/drafts/one.md").read_text()
    path = f"../images/{name.name}"
    assert f"]({path})" in exported
    assert f"<img alt='' src='{path}'> <img src = \"{path}\"> <img src={path}>" in exported
    delete_posts()
    Image.objects.all().delete()
    shutil.rmtree(settings.MEDIA_ROOT)
    run("import", "markdown", tmp_path / "out")
    assert all_posts() == before
    assert Path(Image.objects.get().file.path).is_file()


def test_a_post_from_hashnode_keeps_its_origin(owner: User, backup: Backup, tmp_path: Path) -> None:
    folder = backup(dict([post(more="series: S\ntags: a, b", body="%%[w]")]))
    run("import", "hashnode", folder)
    before = all_posts()
    run("export", "markdown", tmp_path / "out")
    delete_posts()
    run("import", "markdown", tmp_path / "out")
    assert all_posts() == before
    assert "1  unchanged" in run("import", "hashnode", folder)


def test_an_edited_file_updates_its_post_unless_the_post_was_edited_too(
    owner: User, tmp_path: Path
) -> None:
    for title in ("One", "Two"):
        actions.create(by=owner, title=title, content="Old", canonical_url="https://e.example/x")
    run("export", "markdown", tmp_path / "out")
    for file in (tmp_path / "out").rglob("*.md"):
        kept = [line for line in file.read_text().splitlines() if not line.startswith("canonical")]
        file.write_text("\n".join(kept).replace("Old", "New") + "\n")
    two = Post.objects.get(title="Two")
    actions.edit(two, by=owner, version=1, subtitle="Here")
    out = run("import", "markdown", tmp_path / "out")
    assert "1  updated" in out
    assert "1  skipped: changed at the source and edited here" in out
    saved = Post.objects.get(title="One")
    assert (saved.content, saved.canonical_url) == ("New", "")
    assert Post.objects.get(title="Two").content == "Old"


def test_an_existing_folder_is_never_overwritten(owner: User, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/precious.md").write_text("mine")
    with pytest.raises(CommandError, match="already exists"):
        run("export", "markdown", tmp_path / "out")
    assert [p.name for p in tmp_path.glob("out*")] == ["out"]


def test_files_of_other_programs_are_skipped_or_rejected_with_a_reason(
    owner: User, backup: Backup, data: Path
) -> None:
    folder = backup(
        {
            "a.md": "No head",
            "b.md": "---\n[: broken\n---\n\nText",
            "c.md": b"---\ntitle: \xff\n---\n",
            "d.md": "---\ntitle: Elsewhere\ndate: 2020-02-03\nauthors: [nobody]\n"
            'status: published\ntags: [x, "\u200b"]\n---\nText',
        }
    )
    out = run("import", "markdown", folder)
    assert "1  new" in out
    assert "2  could not be read" in out
    assert "1  not a post" in out
    assert "b.md: could not be read, has invalid YAML front matter" in report(data)
    assert "author without an account here: nobody" in report(data)
    assert "This name consists of invisible characters only: U+200B." in report(data)
    saved = Post.objects.get()
    assert [tag.name for tag in saved.tags.all()] == ["x"]
    assert saved.pub_date == dt.datetime(2020, 2, 3, tzinfo=dt.UTC)


def test_an_archive_of_the_exported_folder_is_accepted(
    owner: User, image: Image, tmp_path: Path
) -> None:
    actions.create(by=owner, title="One", content=f"![]({image.url})")
    before = all_posts()
    run("export", "markdown", tmp_path / "out")
    delete_posts()
    with zipfile.ZipFile(tmp_path / "again.zip", "w") as packed:
        for file in (tmp_path / "out").rglob("*.*"):
            packed.write(file, f"out/{file.relative_to(tmp_path / 'out')}")
    run("import", "markdown", tmp_path / "again.zip")
    assert all_posts() == before


def test_an_import_leaves_the_type_of_a_published_post(owner: User, tmp_path: Path) -> None:
    actions.create(by=owner, title="One", status="published")
    run("export", "markdown", tmp_path / "site")
    file = tmp_path / "site" / "one.md"
    text = file.read_text()
    assert 'kind: "post"' in text
    file.write_text(text.replace('"post"', '"page"').replace('"One"', '"Two"'))
    run("import", "markdown", tmp_path / "site")
    assert [(post.title, post.kind) for post in Post.objects.all()] == [("Two", "post")]


def test_an_unknown_type_in_front_matter_is_reported_and_not_used(
    owner: User, tmp_path: Path
) -> None:
    text = "---\ntitle: One\nkind: thing\npage_layout: Wide\n---\nHello\n"
    (tmp_path / "one.md").write_text(text)
    run("import", "markdown", tmp_path)
    assert [(post.kind, post.page_layout) for post in Post.objects.all()] == [("post", "wide")]
