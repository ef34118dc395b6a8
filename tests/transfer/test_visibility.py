"""An import publishes only what was public at the source."""

import json
from pathlib import Path

import pytest

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from tests.transfer.conftest import Backup, run

pytestmark = pytest.mark.django_db

CUID = "clmu84273000809l2cwz5ayzf"

#: Keys and values by which other programs mark posts that are not public.
PRIVATE = [
    ("draft", "true"),
    ("draft", "1"),
    ("Draft", "yes"),
    ("is_draft", "true"),
    ("private", "true"),
    ("hidden", "true"),
    ("membersOnly", "true"),
    ("deleted", "2024-01-01"),
    ("trashed", "true"),
    ("password", "secret"),
    ("isPublished", "false"),
    ("is_published", "0"),
    ("visibility", "private"),
    ("post_status", "pending"),
    ("state", "draft"),
    ("type", "draft"),
    ("publish", "false"),
    ("headless", "true"),
    ("isScheduled", "true"),
]


def statuses() -> list[str]:
    """Return the statuses of all posts, each once."""
    return sorted(set(Post.objects.values_list("status", flat=True)))


@pytest.mark.parametrize(("key", "value"), PRIVATE)
@pytest.mark.parametrize("claim", ["published: true", "draft: false", "status: published"])
def test_front_matter_for_a_private_post_overrides_that_for_a_public_one(
    owner: User, backup: Backup, key: str, value: str, claim: str
) -> None:
    claims = "" if claim.startswith(f"{key}:") else claim
    head = f"title: T\ndate: 2020-01-01\n{key}: {value}\n{claims}"
    run("import", "markdown", backup({"t.md": f"---\n{head}\n---\nText"}))
    assert statuses() == ["draft"]


@pytest.mark.parametrize(("key", "value"), PRIVATE)
def test_a_private_post_of_a_backup_is_a_draft(
    owner: User, backup: Backup, key: str, value: str
) -> None:
    head = f"title: T\ncuid: {CUID}\ndatePublished: 2020-01-01T00:00:00Z\n{key}: {value}"
    run("import", "hashnode", backup({f"{CUID}.md": f"---\n{head}\n---\n\nText"}))
    assert statuses() == ["draft"]


HEAD = f"title: T\ncuid: {CUID}\ndatePublished: 2020-01-01T00:00:00Z\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"---\n{HEAD}saveAsDraft : true\n---\n\nText", id="space before the colon"),
        pytest.param(f"---\n{HEAD}  saveAsDraft: true\n---\n\nText", id="indented"),
        pytest.param(f'---\n{HEAD}"saveAsDraft": true\n---\n\nText', id="quoted"),
        pytest.param(f"---\n{HEAD}'draft' : 'yes'\n---\n\nText", id="quoted value"),
        pytest.param("---\nsaveAsDraft: true\n---\n\nText", id="no other key"),
        pytest.param(f"  ---\n{HEAD}saveAsDraft: true\n---\n\nText", id="spaces"),
        pytest.param(f"\u200b---\n{HEAD}saveAsDraft: true\n---\n\nText", id="invisible character"),
        pytest.param(f"<!-- a -->\n---\n{HEAD}saveAsDraft: true\n---\n\nText", id="comment"),
        pytest.param(f"----\n{HEAD}saveAsDraft: true\n----\n\nText", id="long fence"),
        pytest.param('+++\ntitle = "T"\ndraft = true\n+++\n\nText', id="TOML"),
        pytest.param('{\n"title": "T",\n"draft": true,\n"a": 1}\n\nText', id="JSON"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_private_post_of_a_backup_is_a_draft_in_whatever_notation(
    owner: User, tmp_path: Path, text: str, encoding: str
) -> None:
    (tmp_path / f"{CUID}.md").write_text(text, encoding=encoding)
    run("import", "hashnode", tmp_path)
    assert statuses() == ["draft"]


@pytest.mark.parametrize("text", ["---\n\nA line above", "----\nWords: some", "# T\n\ndraft: true"])
def test_a_post_of_a_backup_without_front_matter_is_published(
    owner: User, tmp_path: Path, text: str
) -> None:
    (tmp_path / f"{CUID}.md").write_text(text)
    run("import", "hashnode", tmp_path)
    assert statuses() == ["published"]


@pytest.mark.parametrize(
    "front", ["draft: false\nunlisted: true", "status: unlisted", "status: archived"]
)
def test_a_post_of_the_future_that_is_not_listed_is_a_draft_and_keeps_its_date(
    owner: User, backup: Backup, front: str
) -> None:
    text = f"---\ntitle: T\ndate: 2099-01-01\n{front}\n---\nText"
    run("import", "markdown", backup({"t.md": text}))
    head = f"title: T\ncuid: {CUID}\ndatePublished: 2099-01-01T00:00:00Z\nisDelisted: true"
    folder = backup({f"hashnode/{CUID}.md": f"---\n{head}\n---\n\nText"}) / "hashnode"
    run("import", "hashnode", folder)
    assert statuses() == ["draft"]
    assert [post.pub_date and post.pub_date.year for post in Post.objects.all()] == [2099, 2099]


ENTRY = {"title": "T", "contentMarkdown": "Text", "dateAdded": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *PRIVATE,
        ("publishedAt", None),
        ("datePublished", None),
        ("status", 0),
        ("__typename", "Draft"),
        ("preferences", {"isPrivate": True}),
    ],
)
def test_a_private_post_of_an_export_is_a_draft(
    owner: User, tmp_path: Path, key: str, value: object
) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"posts": [{**ENTRY, key: value}]}))
    run("import", "hashnode", path)
    assert statuses() == ["draft"]


@pytest.mark.parametrize("name", ["allDrafts", "trash", "scheduledPosts", "draft"])
def test_lists_within_a_list_of_unpublished_posts_contain_drafts(
    owner: User, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({name: {"posts": [ENTRY]}}))
    run("import", "hashnode", path)
    assert statuses() == ["draft"]


@pytest.mark.parametrize("folder", ["drafts", "_drafts", "Drafts"])
@pytest.mark.parametrize("imported", ["above", "itself", "file"])
def test_files_in_a_folder_of_drafts_are_drafts_whichever_path_is_imported(
    owner: User, backup: Backup, folder: str, imported: str
) -> None:
    head = f"title: T\ncuid: {CUID}\ndate: 2020-01-01\ndatePublished: 2020-01-01\n"
    text = f"---\n{head}---\n\nText"
    root = backup({f"{folder}/{CUID}.md": text})
    path = {"above": root, "itself": root / folder, "file": root / folder / f"{CUID}.md"}[imported]
    run("import", "hashnode", path)
    assert statuses() == ["draft"]
    Post.objects.all().delete()
    backup({f"{folder}/{CUID}.md": text.replace("---\n\n", "published: true\n---\n\n")})
    run("import", "markdown", path)
    assert statuses() == ["draft"]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("publishDate: 2999-01-01\ndraft: false", "draft"),
        ("publishDate: 9999-12-31\ndraft: false", "draft"),
        ("publishdate: 2099-01-01\ndraft: false", "draft"),
        ("publishDate: soon\ndraft: false", "draft"),
        ("expirydate: 2021-01-01\ndraft: false", "draft"),
        ("expiryDate: soon\ndraft: false", "draft"),
        ("expiryDate: 9999-12-31\ndraft: false", "published"),
        ("build: {render: never}\ndraft: false", "draft"),
        ("permalink: false\ndraft: false", "draft"),
        ("published: [false]\ndraft: false", "draft"),
        ("settings: {private: true}\ndraft: false", "draft"),
        ("expiryDate: 2021-01-01\ndraft: false", "draft"),
        ("publishDate: 2020-01-01\nexpiryDate: 2999-01-01\ndraft: false", "published"),
        ("unlisted: true\npublished: true", "unlisted"),
        ("status: Published\nvisibility: public\nhidden: false\npassword: ''", "published"),
        ("status: publish", "published"),
        ("status: Draft\ndraft: false", "draft"),
    ],
)
def test_a_post_keeps_its_visibility(owner: User, backup: Backup, lines: str, status: str) -> None:
    text = f"---\ntitle: T\ndate: 2020-01-01\n{lines}\n---\nText"
    run("import", "markdown", backup({"t.md": text}))
    assert statuses() == [status]


def test_explicit_slugs_take_precedence_over_generated_ones(owner: User, backup: Backup) -> None:
    public = "status: published\ndate: 2020-01-01"
    run(
        "import",
        "markdown",
        backup(
            {
                "a.md": "---\ntitle: Hello there\n---\nA guess",
                "b.md": f"---\ntitle: B\nslug: hello-there\n{public}\n---\nReal",
                "c.md": "---\ntitle: C\nslug: other\n---\nA draft",
                "d.md": f"---\ntitle: D\nslug: other\n{public}\n---\nPublished",
            }
        ),
    )
    assert Post.objects.get(slug="hello-there").title == "B"
    assert Post.objects.get(slug="other").title == "D"
    assert Post.objects.count() == 4


@pytest.mark.parametrize(
    "front",
    [
        pytest.param(f"---\ntitle: T\nversion: {'9' * 5_000}\n---", id="version"),
        pytest.param("---\ntitle: T\npublished: !!bool perhaps\n---", id="YAML boolean"),
        pytest.param(f"+++\ntitle = 'T'\ndraft = 0x{'f' * 5_000}\n+++", id="TOML integer"),
    ],
)
def test_absurd_front_matter_is_a_draft_or_reported_in_one_line(
    owner: User, backup: Backup, front: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = "---\ntitle: Good\n---\nText"
    out = run("import", "markdown", backup({"t.md": f"{front}\nText", "good.md": good}))
    assert statuses() == ["draft"]
    assert "Traceback" not in out + caplog.text
