"""What the settings panel asks while someone types."""

import pytest

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from tests.studio.conftest import At, Write


@pytest.mark.parametrize(
    ("slug", "is_free", "message"),
    [
        ("free", True, "Free."),
        ("mine", False, "Taken by “Mine”."),
        ("theirs", False, "Taken by another post."),
        ("theirs-too", False, "Taken by “Theirs too”."),
        ("Bad One", False, "Use only letters, digits, hyphens and underscores."),
        ("", False, "Use only letters, digits, hyphens and underscores."),
        ("studio", False, "The site uses this address itself."),
        ("a" * 201, False, "This is too long."),
    ],
)
def test_a_slug_is_checked(
    author: User, editor: User, at: At, write: Write, slug: str, is_free: bool, message: str
) -> None:
    write("Mine")
    write("Theirs", by=editor)
    write("Theirs too", by=editor, status="published")
    answer = at(author).get("/studio/slug", {"slug": slug}).json()
    assert answer == {"is_free": is_free, "message": message}


def test_the_slug_of_the_post_itself_is_free(author: User, at: At, write: Write) -> None:
    post = write("Mine")
    answer = at(author).get("/studio/slug", {"slug": "mine", "post": str(post.pk)}).json()
    assert answer["is_free"]
    assert not at(author).get("/studio/slug", {"slug": "mine", "post": "x"}).json()["is_free"]


def test_public_tags_and_series_are_suggested(author: User, at: At, write: Write) -> None:
    write("One", tags=["Tides", "Tea", "Other"], series="Tea time", status="published")
    write("Two", tags=["Tender secret"], series="Tears")
    client = at(author)
    assert client.get("/studio/tag-names", {"q": "T"}).json() == {"names": ["Tea", "Tides"]}
    assert client.get("/studio/series-names", {"q": "te"}).json() == {"names": ["Tea time"]}
    actions.create(by=author, title="Many", tags=[f"x{n}" for n in range(12)], status="published")
    assert len(client.get("/studio/tag-names", {"q": "x"}).json()["names"]) == 8
