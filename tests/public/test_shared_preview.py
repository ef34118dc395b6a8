"""The page behind a preview link."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from broadsheet import markup
from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, PreviewLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(author: User) -> Post:
    return actions.create(by=author, title="Marmalade", content="Bitter *oranges*.", slug="jam")


def share(post: Post, by: User) -> str:
    _link, token = actions.create_preview_link(post, by=by)
    return f"/preview/{token}"


def test_visitors_read_a_draft_on_the_public_page(author: User, draft: Post) -> None:
    page = Client().get(share(draft, author))
    assert page.status_code == 200
    assert "Bitter <em>oranges</em>." in page.text
    assert "public/post.html" in [template.name for template in page.templates]
    assert "Private preview" in page.text
    assert not page.cookies


def test_no_cache_stores_the_page_and_no_one_learns_its_url(author: User, draft: Post) -> None:
    url = share(draft, author)
    for response in (Client().get(url), Client().get("/preview/unknown")):
        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert not {"Surrogate-Key", "Page-Id", "X-Accel-Expires"} & set(response.headers)
        assert 'name="robots" content="noindex' in response.text
        assert 'rel="canonical"' not in response.text
        assert "og:" not in response.text
        assert "application/ld+json" not in response.text


def test_the_page_shows_the_next_change_at_once(author: User, draft: Post) -> None:
    url = share(draft, author)
    assert "lemons" not in Client().get(url).text
    actions.edit(draft, by=author, version=1, content="Sour lemons.")
    assert "Sour lemons." in Client().get(url).text


def test_the_page_shows_the_working_copy_of_the_creator_only(author: User, editor: User) -> None:
    post = actions.create(by=author, title="Tea", content="Hot.", status="published", slug="tea")
    of_author, of_editor = share(post, author), share(post, editor)
    actions.autosave(post, by=author, version=1, title="Iced tea", content="## Cold\n\nVery.")
    page = Client().get(of_author).text
    assert "Iced tea" in page
    assert "Very." in page
    for url in (of_editor, "/tea"):
        assert "Hot." in Client().get(url).text
        assert "Iced" not in Client().get(url).text


def test_expired_revoked_and_unknown_links_get_the_same_page(author: User, draft: Post) -> None:
    urls = [share(draft, author), share(draft, author), "/preview/unknown", "/preview/%00%ff"]
    expired, revoked = PreviewLink.objects.order_by("id")
    PreviewLink.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - dt.timedelta(1))
    actions.revoke_preview_link(revoked)
    pages = [Client().get(url) for url in urls]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    assert "may have expired" in pages[0].text


def test_only_get_and_head_are_answered(author: User, draft: Post) -> None:
    url = share(draft, author)
    assert Client().head(url).status_code == 200
    assert Client().post(url).status_code == 405


def test_of_a_working_copy_that_cannot_be_rendered_the_saved_text_is_shown(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = actions.create(by=author, title="Tea", content="Hot.", status="published")
    url = share(post, author)
    actions.autosave(post, by=author, version=1, content="Cold.")

    def fail(_source: str, _language: str) -> markup.Rendered:
        raise markup.TooComplexError

    monkeypatch.setattr(markup, "render", fail)
    assert "Hot." in Client().get(url).text
