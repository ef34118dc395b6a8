"""The list of pages, and the editor of a page."""

import pytest
from django.urls import reverse
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from tests.studio.conftest import At, Write, form_data

pytestmark = pytest.mark.django_db


def test_pages_and_posts_have_their_own_lists(author: User, at: At, write: Write) -> None:
    write("A post")
    write("About us", kind="page")
    client = at(author)
    assert [post.title for post in client.get("/studio").context["page"].posts] == ["A post"]
    response = client.get(reverse("studio:pages"))
    assert [post.title for post in response.context["page"].posts] == ["About us"]
    assert "/studio/new?kind=page" in response.text


def test_an_author_writes_a_page(author: User, at: At) -> None:
    client = at(author)
    form = client.get("/studio/new?kind=page").context["form"]
    assert form["kind"].value() == "page"
    client.post("/studio/new", form_data(title="About us", slug="about", kind="page"))
    page = Post.objects.get()
    assert (page.slug, page.kind, page.page_layout) == ("about", "page", "default")


def test_a_form_without_a_type_keeps_it(author: User, at: At, write: Write) -> None:
    page = write("About us", kind="page", page_layout="wide")
    url = reverse("studio:post-edit", args=[page.pk])
    at(author).post(url, form_data(page, title="About"))
    page.refresh_from_db()
    assert (page.title, page.kind, page.page_layout) == ("About", "page", "wide")


def test_an_unknown_type_is_a_field_error(author: User, at: At) -> None:
    response = at(author).post("/studio/new", form_data(kind="thing"))
    assert response.status_code == 422
    assert response.context["form"].errors["kind"]


def test_deleting_a_page_offers_undo_in_the_list_of_pages(
    author: User, at: At, write: Write
) -> None:
    page = write("About us", kind="page", status="published", pub_date=timezone.now())
    response = at(author).post(reverse("studio:post-delete", args=[page.pk]), follow=True)
    assert response.request["PATH_INFO"] == reverse("studio:pages")
    assert "Deleted “About us”." in response.text
