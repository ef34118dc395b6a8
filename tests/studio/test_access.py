"""Access to the studio."""

import pytest
from django.test import Client
from django.urls import reverse

from broadsheet.accounts.models import User
from tests.studio.conftest import At, Write

AUTHOR_PAGES = ["posts", "pages", "calendar", "post-new", "image-upload"]
OWNER_PAGES = ["settings", "redirects", "users"]
POST_PAGES = ["post-edit", "post-preview", "post-publish", "revision-list"]
POST_ACTIONS = ["publish", "unlist", "archive", "unpublish", "delete"]


@pytest.mark.parametrize("name", [*AUTHOR_PAGES, *OWNER_PAGES])
def test_anonymous_users_are_redirected_to_the_login_page_and_back(site: object, name: str) -> None:
    path = reverse(f"studio:{name}")
    response = Client().get(f"{path}?a=b")
    assert response.headers["Location"] == f"{reverse('account_login')}?next={path}%3Fa%3Db"


@pytest.mark.parametrize("name", [*AUTHOR_PAGES, *OWNER_PAGES])
def test_readers_get_403_with_an_explanation(reader: User, at: At, name: str) -> None:
    page = at(reader).get(reverse(f"studio:{name}"))
    assert page.status_code == 403
    assert "Ask " in page.text
    assert reverse("studio:post-new") not in page.text


@pytest.mark.parametrize("name", OWNER_PAGES)
def test_only_owners_can_use_the_site_pages(
    author: User, editor: User, owner: User, at: At, name: str
) -> None:
    path = reverse(f"studio:{name}")
    for user, status in ((author, 403), (editor, 403), (owner, 200)):
        assert at(user).get(path).status_code == status
        assert (at(user).post(path).status_code == 403) == (status == 403)


@pytest.mark.parametrize("name", AUTHOR_PAGES)
def test_studio_pages_are_not_cached(author: User, reader: User, at: At, name: str) -> None:
    for user in (author, reader):
        assert "no-store" in at(user).get(reverse(f"studio:{name}")).headers["Cache-Control"]


def test_authors_edit_their_own_posts_and_editors_edit_all(
    author: User, another_author: User, editor: User, reader: User, at: At, write: Write
) -> None:
    path = reverse("studio:post-edit", args=[write().pk])
    statuses = [at(u).get(path).status_code for u in (author, editor, another_author, reader)]
    assert statuses == [200, 200, 404, 403]


@pytest.mark.parametrize("name", POST_PAGES)
def test_drafts_are_not_found_by_other_authors(
    another_author: User, at: At, write: Write, name: str
) -> None:
    path = reverse(f"studio:{name}", args=[write("A secret title").pk])
    page = at(another_author).get(path)
    assert page.status_code == 404
    assert "A secret title" not in page.text


@pytest.mark.parametrize("verb", POST_ACTIONS)
def test_other_users_cannot_change_a_post(
    another_author: User, reader: User, author: User, at: At, write: Write, verb: str
) -> None:
    post = write("One")
    path = reverse(f"studio:post-{verb}", args=[post.pk])
    assert at(another_author).post(path).status_code == 404
    assert at(reader).post(path).status_code == 403
    assert Client().post(path).headers["Location"].startswith(reverse("account_login"))
    post.refresh_from_db()
    assert (post.status, post.deleted_at) == ("draft", None)


def test_editing_a_published_post_of_another_user_gets_403_with_a_reason(
    another_author: User, author: User, at: At, write: Write
) -> None:
    post = write()
    at(author).post(reverse("studio:post-publish", args=[post.pk]))
    page = at(another_author).get(reverse("studio:post-edit", args=[post.pk]))
    assert page.status_code == 403
    assert "Only its authors and editors" in page.text


def test_a_change_without_a_csrf_token_is_rejected(author: User, write: Write) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)
    post = write()
    assert client.post(reverse("studio:post-delete", args=[post.pk])).status_code == 403
    post.refresh_from_db()
    assert post.deleted_at is None
