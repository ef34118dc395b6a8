"""No page, feed, search result or API answer shows a working copy before it is published."""

from collections.abc import Iterator

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.posts import actions

pytestmark = pytest.mark.django_db

SECRET = "zebrafinch"
POST = "/quiet-day"
PAGES = (
    POST, "/", "/archive", "/@ada", "/tag/tea", "/series/walks", f"/search?q={SECRET}",
    "/search?q=quiet", "/rss.xml", "/atom.xml", "/feed.json", "/sitemap.xml", "/api/v1/posts",
    "/api/v1/posts?include=content,html", "/api/v1/tags", "/api/v1/series",
)  # fmt: skip


@pytest.fixture
def clients(
    author: User, editor: User, another_author: User, reader: User
) -> Iterator[list[Client]]:
    clients = [Client()]
    for user in (reader, another_author, editor, author):
        client = Client()
        client.force_login(user)
        clients.append(client)
    return clients  # type: ignore[return-value]


def test_a_working_copy_is_visible_nowhere_until_the_update(
    clients: list[Client], author: User
) -> None:
    post = actions.create(
        by=author, title="Quiet day", slug="quiet-day", content="Quiet.", tags=["Tea"],
        series="Walks", status="published",
    )  # fmt: skip
    pages = [*PAGES, f"/api/v1/posts/{post.pk}", f"/api/v1/posts/{post.pk}/revisions/1"]
    for client in clients:  # fill the cache
        for page in pages:
            client.get(page)
    actions.autosave(
        post, by=author, version=1, title=SECRET, subtitle=SECRET, content=SECRET, excerpt=SECRET
    )
    for client in clients:
        for page in pages:
            text = client.get(page, follow=True).content.decode()
            assert SECRET not in text.replace(f"q={SECRET}", "").replace(
                f'value="{SECRET}"', ""
            ) or (page.endswith(SECRET) and POST not in text), page
    actions.update(post, by=author, version=1, content=SECRET)
    assert SECRET in Client().get(POST).content.decode()
