"""Export from one site and import into another: the same content, URLs, ids and images."""

import datetime as dt
import io
import itertools
import shutil
import uuid
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from pytest_django import Settings

from broadsheet.accounts.models import User
from broadsheet.media.actions import upload
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.publication.actions import add_redirect, edit_site
from broadsheet.publication.models import Redirect
from tests.examples import examples
from tests.transfer.conftest import Backup, post, report, run

pytestmark = pytest.mark.django_db

NUMBERS = itertools.count()


@pytest.fixture
def image(owner: User) -> Image:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 6), "red").save(out, "PNG")
    return upload(io.BytesIO(out.getvalue()), name="red.png", by=owner)


def reset_site() -> None:
    """Delete everything except the users."""
    Post.objects.all().delete()
    Redirect.objects.all().delete()
    Image.objects.all().delete()
    shutil.rmtree(django_settings.MEDIA_ROOT, ignore_errors=True)


def site_content() -> list[object]:
    """Return everything that readers and API clients can see of the posts."""
    posts = [
        [
            *(p.pk, p.title, p.slug, p.content, p.html, p.status, p.pub_date, p.updated_at),
            *([tag.name for tag in p.tags.all()], p.series and p.series.name, p.source_id),
        ]
        for p in Post.objects.for_reading().order_by("slug")
    ]
    redirects = Redirect.objects.order_by("old_path")
    return [posts, [*redirects.values_list("old_path", "new_path", "status")]]


def test_another_site_has_the_same_redirects_ids_and_feed(
    owner: User, backup: Backup, tmp_path: Path
) -> None:
    run("import", "hashnode", backup(dict([post(slug="login", title="A"), post(1, title="B")])))
    add_redirect("/2019/old", "/post-1", status=308)
    add_redirect("/away", "https://example.org/?a=1,2&b=%20")
    add_redirect('/with "quotes", and space', "/post-1")
    add_redirect("/withdrawn", "", status=410)
    before, feed = site_content(), Client().get("/atom.xml").content
    run("export", "markdown", tmp_path / "out")
    reset_site()
    assert "4  redirect" in run("import", "markdown", tmp_path / "out")
    assert site_content() == before
    assert Client().get("/atom.xml").content == feed
    assert Client().get("/2019/old")["Location"] == "/post-1"


def test_a_second_import_changes_nothing(owner: User, tmp_path: Path) -> None:
    actions.create(by=owner, title="One", status="published")
    add_redirect("/old", "/one")
    run("export", "markdown", tmp_path / "out")
    reset_site()
    run("import", "markdown", tmp_path / "out")
    before = site_content()
    out = run("import", "markdown", tmp_path / "out")
    assert "1  unchanged" in out
    assert "redirect" not in out
    assert site_content() == before


def test_a_copied_file_is_a_separate_post(owner: User, tmp_path: Path) -> None:
    actions.create(by=owner, title="One", content="Text")
    run("export", "markdown", tmp_path / "out")
    reset_site()
    drafts = tmp_path / "out/drafts"
    shutil.copy(drafts / "one.md", drafts / "two.md")
    for _again in range(2):
        run("import", "markdown", tmp_path / "out")
        assert [p.slug for p in Post.objects.order_by("slug")] == ["one", "one-2"]


def test_posts_from_another_site_that_were_edited_here_are_skipped(
    owner: User, tmp_path: Path
) -> None:
    created = actions.create(by=owner, title="One", content="Old")
    actions.edit(created, by=owner, version=1, content="Newer")
    run("export", "markdown", tmp_path / "out")
    reset_site()
    run("import", "markdown", tmp_path / "out")
    saved = Post.objects.get()
    actions.edit(saved, by=owner, version=saved.version, content="Edited here")
    [file] = (tmp_path / "out").rglob("one.md")
    file.write_text(file.read_text().replace("Newer", "Edited there"))
    assert "edited here" in run("import", "markdown", tmp_path / "out")
    assert Post.objects.get().content == "Edited here"


def test_invalid_redirects_are_reported_and_the_others_created(
    owner: User, backup: Backup, data: Path
) -> None:
    actions.create(by=owner, title="Taken", slug="taken", status="published")
    add_redirect("/here", "/taken")
    table = (
        "old_path,new_path,status\n/taken,/x,301\n/here,/x,301\nno-path,/x,301\n/a,/b,999\n"
        "/c\n/login,/x,301\n/fine,/taken,301\n"
    )
    run("import", "markdown", backup({"redirects.csv": table}))
    assert {*Redirect.objects.values_list("old_path", "new_path")} == {
        ("/here", "/taken"),
        ("/fine", "/taken"),
    }
    assert "redirects.csv, line 4" in report(data)
    assert "redirect from a path that is already used, skipped: /taken redirects to /x" in report(
        data
    )


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_with_other_encodings_and_newlines_are_read(
    owner: User, tmp_path: Path, newline: str, encoding: str
) -> None:
    created = actions.create(by=owner, title="Ünö", content="Old\n\nline\n")
    run("export", "markdown", tmp_path / "out")
    [file] = (tmp_path / "out").rglob("*.md")
    text = file.read_text().replace("Old", "New").replace("\n", newline)
    file.write_bytes(text.encode(encoding))
    assert "1  updated" in run("import", "markdown", tmp_path / "out")
    created.refresh_from_db()
    assert (created.title, created.content) == ("Ünö", "New\n\nline\n")


def test_images_of_the_site_are_recognized_by_all_its_former_urls(
    owner: User, image: Image, tmp_path: Path, settings: Settings
) -> None:
    settings.SITE_URL = "http://192.0.2.1:8000"
    hosts = ("http://192.0.2.1:8000", "https://192.0.2.1", "//192.0.2.1:8000")
    old = " ".join(f"![]({host}{image.url})" for host in hosts)
    foreign = (
        f"![](https://foreign.example{image.url}) ![](//foreign.example{image.url})"
        f" [](https://foreign.example/shrink?url={image.url})"
        f" ![](https://cdn.example/assets{image.url}) [x](/copy{image.url})"
    )
    actions.create(by=owner, title="One", content=f"{old} {foreign}", status="published")
    settings.SITE_URL = "https://example.org"
    run("export", "markdown", tmp_path / "out")
    [name] = (tmp_path / "out/images").iterdir()
    text = (tmp_path / "out/one.md").read_text()
    assert text.rstrip().endswith(f"{f'![](images/{name.name}) ' * 3}{foreign}")
    reset_site()
    run("import", "markdown", tmp_path / "out")
    [imported_image] = Image.objects.all()
    assert Post.objects.get().content == f"{f'![]({imported_image.url}) ' * 3}{foreign}"


@pytest.mark.parametrize("is_set_in_the_studio", [False, True])
def test_a_date_is_in_the_time_zone_of_the_site(
    owner: User, backup: Backup, settings: Settings, is_set_in_the_studio: bool
) -> None:
    if is_set_in_the_studio:
        edit_site(time_zone="America/Los_Angeles")
    else:
        settings.TIME_ZONE = "America/Los_Angeles"
    head = "---\ntitle: T\nstatus: published\ndate: {}\n---\nText"
    days = ["2024-01-01", "2024-01-01 10:30:00", "2024-01-01T00:00:00Z", "2024-01-01 01:00 +0200"]
    run(
        "import",
        "markdown",
        backup({f"{n}.md": head.format(day) for n, day in enumerate(days)}),
    )
    dates = [p.pub_date for p in Post.objects.order_by("source_id")]
    assert dates == [
        dt.datetime(2024, 1, 1, 8, tzinfo=dt.UTC),
        dt.datetime(2024, 1, 1, 18, 30, tzinfo=dt.UTC),
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2023, 12, 31, 23, tzinfo=dt.UTC),
    ]
    assert b"2024" in Client().get("/archive/2024").content


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("title: 1.10", "title", "1.10"),
        ("title: 12:30", "title", "12:30"),
        ("title: 1_000", "title", "1_000"),
        ("title: Yes", "title", "Yes"),
        ("title: 2024-01-01", "title", "2024-01-01"),
        ("title: 0x1F", "title", "0x1F"),
        ("title: >\n  One\n  two", "title", "One two"),
        ("title: null", "title", "file"),
        ("slug: 007", "slug", "007"),
        ("tags: [1.10, no, 08]", "tags", {"1.10", "no", "08"}),
        ("series: 3.0", "series", "3.0"),
        ("comments: no", "allows_comments", False),
        ("featured: yes", "is_featured", True),
        ("series_position: 3", "series_position", 3),
        ("series_position: -3", "series_position", 1000),
        ("series_position: third", "series_position", 1000),
    ],
)
def test_texts_that_look_like_other_types_are_unchanged(
    owner: User, backup: Backup, line: str, field: str, value: object
) -> None:
    run("import", "markdown", backup({"file.md": f"---\n{line}\n---\nText"}))
    saved = Post.objects.get()
    got = {"tags": {tag.name for tag in saved.tags.all()}, "series": str(saved.series)}
    assert got.get(field, getattr(saved, field)) == value


JEKYLL = "---\nlayout: post\ntitle: T\ndate: 2020-02-03\npublished: true\ncategories: [a, b]\n---\n"
DEV_TO = (
    "---\ntitle: T\npublished: true\npublished_at: 2020-02-03\ntags: a, b\ndescription: Why\n"
    "cover_image: https://e.example/c.png\ncanonical_url: https://e.example/t\n---\n"
)
HUGO = (
    '+++\ntitle = "T"\ndate = 2020-02-03\ndraft = false\ndescription = "Why"\ncategories = ["a"]\n'
    'tags = ["b"]\nimage = "https://e.example/c.png"\npermalink = "/p"\nweight = 3\n+++\n'
)


@pytest.mark.parametrize("head", [JEKYLL, DEV_TO, HUGO])
def test_front_matter_of_other_programs_is_read(owner: User, backup: Backup, head: str) -> None:
    run("import", "markdown", backup({"t.md": f"{head}\nText"}))
    saved = Post.objects.get()
    assert (saved.title, saved.status, saved.content) == ("T", "published", "Text")
    assert saved.pub_date == dt.datetime(2020, 2, 3, tzinfo=dt.UTC)
    assert {tag.name for tag in saved.tags.all()} == {"a", "b"}
    if head is not JEKYLL:
        assert (saved.excerpt, saved.cover_url) == ("Why", "https://e.example/c.png")


def test_unsupported_keys_are_reported(owner: User, backup: Backup, data: Path) -> None:
    out = run("import", "markdown", backup({"jekyll.md": JEKYLL, "hugo.md": HUGO}))
    assert "field “weight”" in out
    assert "field “layout”: post" in report(data)
    assert "field “permalink”: /p" in report(data)


@pytest.mark.parametrize(
    "head",
    [
        "title: T\ndate: 2020-01-01",
        "title: T\ndate: 2020-01-01\ndraft: true",
        "title: T\ndate: 2020-01-01\ndraft: yes\npublished: true",
        "title: T\ndate: 2020-01-01\npublished: false",
        "title: T\ndate: 2020-01-01\nstatus: private",
        "title: T\npublished: true",
    ],
)
def test_a_post_without_a_published_status_is_a_draft(
    owner: User, backup: Backup, head: str
) -> None:
    run("import", "markdown", backup({"t.md": f"---\n{head}\n---\nText"}))
    assert Post.objects.get().status == "draft"


PARTS = st.sampled_from(
    [
        *(
            "Text",
            " ",
            "\n",
            "\n\n",
            "\r\n",
            "\u00a0",
            "\u202f",
            "\u2009",
            "\ufeff",
            "\t",
            "$",
            "$$",
        ),
        *("$5", "R$\u00a040", "$x$", "\\", "\\$", "\\_", "\\\\", "*", "**", "_", "`", "```", "#"),
        *(
            "# H",
            "[x]",
            "[x](/a)",
            "]",
            "](",
            "![",
            "<b>",
            "&amp;",
            "&",
            "これは**「要点」**です。",
        ),
        *("%[https://e.example/v]", "---", "|", "![a](https://old.example/media/x.png)", "'", '"'),
    ]
)
TEXTS = st.lists(PARTS, max_size=12).map("".join)
TITLES = st.lists(
    st.sampled_from(["Tips", " ", "C#", "[x]", "#", "$", "\u00a0", "\u202f", "**a**", "“q”", "'"]),
    min_size=1,
    max_size=6,
).map(lambda parts: f"T{''.join(parts)}")
DAYS = st.datetimes(dt.datetime(2012, 1, 1), dt.datetime(2025, 1, 1))  # noqa: DTZ001 - Hypothesis' way


@pytest.mark.slow
@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(TITLES, TEXTS, DAYS), min_size=1, max_size=3))
@example([("Tips on C#", "a\r\nb **「x」**c $5/$6 R$\u00a040 \\_ \ufeff", dt.datetime(2020, 1, 1))])  # noqa: DTZ001
def test_an_import_survives_export_and_import_unchanged(
    owner: User, image: Image, tmp_path: Path, posts: list[tuple[str, str, dt.datetime]]
) -> None:
    """The image has a former URL of the site, so only that may change, into a path."""
    reset_site()
    folder = tmp_path / str(next(NUMBERS))
    picture = f"http://localhost:1{image.url}"
    for number, (title, text, day) in enumerate(posts):
        name, content = post(
            number,
            title=title,
            slug=("login", "a-b", "c")[number],
            body=f"{text}\n\n![]({picture})",
        )
        folder.mkdir(exist_ok=True)
        date = f"{day:%a %b %d %Y %H:%M:%S} GMT+0000"
        lines = [f"datePublished: {date}" if x.startswith("datePub") else x
                 for x in content.split("\n")]  # fmt: skip
        (folder / name).write_bytes("\n".join(lines).encode())
    upload(io.BytesIO(_png()), name="red.png", by=owner)
    run("import", "hashnode", folder)
    before = site_content()
    outs = [tmp_path / f"{folder.name}-{n}.zip" for n in (1, 2)]
    for out in outs:
        run("export", "markdown", out)
        reset_site()
        run("import", "markdown", out)
        after = site_content()
        assert _text_of(after) == _text_of(before)
        assert Image.objects.count() == 1


def _png() -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (8, 6), "red").save(out, "PNG")
    return out.getvalue()


def _text_of(site: list[object]) -> str:
    return repr(site).replace("http://localhost:1/media/", "/media/")


def test_a_post_with_an_invalid_id_is_imported(owner: User, backup: Backup) -> None:
    files = {f"{n}.md": f"---\ntitle: T{n}\nid: {value}\n---\n" for n, value in enumerate(
        ["nonsense", "123", str(uuid.UUID(int=0)), "[1, 2]"]
    )}  # fmt: skip
    run("import", "markdown", backup(files))
    assert Post.objects.count() == 4
