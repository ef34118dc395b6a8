"""The preview links of a post in the studio."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.actions import preview_links
from broadsheet.posts.models import PreviewLink
from tests.studio.conftest import At, Write

pytestmark = pytest.mark.django_db


def test_an_author_creates_a_link_and_revokes_it(author: User, at: At, write: Write) -> None:
    post = write("Quiet", content="Hush.")
    url = reverse("studio:preview-links", args=[post.pk])
    page = at(author).post(url, {"name": "Rita", "days": "30"})
    assert page.status_code == 201
    assert "no-store" in page["Cache-Control"]
    shared = re.findall(r'value="http://testserver(/preview/[^"]+)"', page.text)[0]
    assert "Hush." in Client().get(shared).text

    link = PreviewLink.objects.get()
    assert abs(link.expires_at - link.created_at - dt.timedelta(30)) < dt.timedelta(minutes=5)
    page = at(author).get(url)
    assert "Rita" in page.text
    assert shared not in page.text
    revoke = reverse("studio:preview-link-revoke", args=[post.pk, link.pk])
    assert "no longer works" in at(author).post(revoke, follow=True).text
    assert Client().get(shared).status_code == 404


def test_a_wrong_number_of_days_and_too_many_links_are_refused(
    author: User, at: At, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = reverse("studio:preview-links", args=[write().pk])
    assert at(author).post(url, {"days": "400"}).status_code == 422
    monkeypatch.setattr(preview_links, "MAX_LINKS", 0)
    page = at(author).post(url, {"days": "1"})
    assert page.status_code == 422
    assert "Revoke one" in page.text
    assert not PreviewLink.objects.exists()


def test_a_link_of_another_post_is_not_found(author: User, at: At, write: Write) -> None:
    link, _token = actions.create_preview_link(write("One"), by=author)
    url = reverse("studio:preview-link-revoke", args=[write("Two").pk, link.pk])
    assert at(author).post(url).status_code == 404
    assert PreviewLink.objects.get().is_open


def test_the_list_needs_no_query_per_link(
    author: User, at: At, write: Write, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    post = write()
    url = reverse("studio:preview-links", args=[post.pk])
    client = at(author)
    for name in "abcdef":
        actions.create_preview_link(post, by=author, name=name)
    client.get(url)
    with django_assert_max_num_queries(14):
        assert len(client.get(url).context["links"]) == 6
