"""Nothing becomes public by an import that was not public where it comes from."""

import json
from pathlib import Path

import pytest

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from tests.transfer.conftest import Backup, run

pytestmark = pytest.mark.django_db

CUID = "clmu84273000809l2cwz5ayzf"

#: What programs write of posts that not everyone can read, in the order key, value.
HELD_BACK = [
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
]


def kinds() -> list[str]:
    """Return the statuses of all posts, each once."""
    return sorted(set(Post.objects.values_list("status", flat=True)))


@pytest.mark.parametrize(("key", "value"), HELD_BACK)
@pytest.mark.parametrize("claim", ["published: true", "draft: false", "status: published"])
def test_front_matter_that_holds_a_post_back_outweighs_what_publishes_it(
    owner: User, backup: Backup, key: str, value: str, claim: str
) -> None:
    claims = "" if claim.startswith(f"{key}:") else claim
    head = f"title: T\ndate: 2020-01-01\n{key}: {value}\n{claims}"
    run("import", "markdown", backup({"t.md": f"---\n{head}\n---\nText"}))
    assert kinds() == ["draft"]


@pytest.mark.parametrize(("key", "value"), HELD_BACK)
def test_a_backup_that_holds_a_post_back_makes_a_draft(
    owner: User, backup: Backup, key: str, value: str
) -> None:
    head = f"title: T\ncuid: {CUID}\ndatePublished: 2020-01-01T00:00:00Z\n{key}: {value}"
    run("import", "hashnode", backup({f"{CUID}.md": f"---\n{head}\n---\n\nText"}))
    assert kinds() == ["draft"]


ENTRY = {"title": "T", "contentMarkdown": "Text", "dateAdded": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *HELD_BACK,
        ("publishedAt", None),
        ("datePublished", None),
        ("status", 0),
        ("__typename", "Draft"),
    ],
)
def test_an_export_that_holds_a_post_back_makes_a_draft(
    owner: User, tmp_path: Path, key: str, value: object
) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"posts": [{**ENTRY, key: value}]}))
    run("import", "hashnode", path)
    assert kinds() == ["draft"]


@pytest.mark.parametrize("name", ["allDrafts", "trash", "scheduledPosts", "draft"])
def test_lists_within_one_of_unpublished_posts_hold_drafts(
    owner: User, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({name: {"posts": [ENTRY]}}))
    run("import", "hashnode", path)
    assert kinds() == ["draft"]


@pytest.mark.parametrize("folder", ["drafts", "_drafts", "Drafts"])
@pytest.mark.parametrize("named", ["above", "itself", "file"])
def test_files_in_a_folder_of_drafts_are_drafts_whatever_of_it_is_named(
    owner: User, backup: Backup, folder: str, named: str
) -> None:
    head = f"title: T\ncuid: {CUID}\ndate: 2020-01-01\ndatePublished: 2020-01-01\n"
    text = f"---\n{head}---\n\nText"
    root = backup({f"{folder}/{CUID}.md": text})
    path = {"above": root, "itself": root / folder, "file": root / folder / f"{CUID}.md"}[named]
    run("import", "hashnode", path)
    assert kinds() == ["draft"]
    Post.objects.all().delete()
    backup({f"{folder}/{CUID}.md": text.replace("---\n\n", "published: true\n---\n\n")})
    run("import", "markdown", path)
    assert kinds() == ["draft"]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("publishDate: 2999-01-01\ndraft: false", "draft"),
        ("expiryDate: 2021-01-01\ndraft: false", "draft"),
        ("publishDate: 2020-01-01\nexpiryDate: 2999-01-01\ndraft: false", "published"),
        ("unlisted: true\npublished: true", "unlisted"),
        ("status: Published\nvisibility: public\nhidden: false\npassword: ''", "published"),
        ("status: publish", "published"),
        ("status: Draft\ndraft: false", "draft"),
    ],
)
def test_a_post_is_as_public_as_it_was(
    owner: User, backup: Backup, lines: str, status: str
) -> None:
    text = f"---\ntitle: T\ndate: 2020-01-01\n{lines}\n---\nText"
    run("import", "markdown", backup({"t.md": text}))
    assert kinds() == [status]


def test_slugs_in_front_matter_go_to_the_posts_that_have_them(owner: User, backup: Backup) -> None:
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
