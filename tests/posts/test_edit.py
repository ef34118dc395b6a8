"""Saving new versions."""

import datetime as dt
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post
from broadsheet.publication.models import Redirect


def test_an_edit_of_an_outdated_version_is_a_conflict(author: User) -> None:
    post = actions.create(by=author, title="One")
    actions.edit(post, by=author, version=1, title="From the first window")
    with pytest.raises(actions.EditConflictError) as error:
        actions.edit(post, by=author, version=1, title="From the second")
    assert error.value.current.title == "From the first window"


def test_a_slug_taken_concurrently_is_rejected(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = import_module("broadsheet.posts.actions.edit")
    assign = edit.assign  # called between the check of the slug and the write

    def take_the_slug_first(*args: Any) -> Any:
        Post.objects.filter(title="Other").update(slug="one")
        return assign(*args)

    post = actions.create(by=author, title="Two")
    actions.create(by=author, title="Other")
    monkeypatch.setattr(edit, "assign", take_the_slug_first)
    with pytest.raises(ValidationError, match="Another post has the URL"):
        actions.edit(post, by=author, version=1, slug="one", content="New")
    post.refresh_from_db()
    assert (post.slug, post.content, post.version) == ("two", "", 1)


def test_saving_creates_a_revision_only_if_something_changed(author: User) -> None:
    post = actions.create(by=author, title="One", content="a")
    post = actions.edit(post, by=author, version=1, content="b")
    post = actions.edit(post, by=author, version=2, content="b")
    assert post.version == 2
    assert [r.content for r in post.revisions.order_by("number")] == ["a", "b"]


def test_a_changed_slug_leaves_a_redirect_without_chains(author: User) -> None:
    post = actions.create(by=author, title="One", slug="one")
    post = actions.publish(post, by=author)
    post = actions.edit(post, by=author, version=1, slug="two")
    post = actions.edit(post, by=author, version=2, slug="three")
    assert dict(Redirect.objects.values_list("old_path", "new_path")) == {
        "/one": "/three",
        "/two": "/three",
    }
    actions.edit(post, by=author, version=3, slug="one")
    assert dict(Redirect.objects.values_list("old_path", "new_path")) == {
        "/two": "/one",
        "/three": "/one",
    }


def test_all_earlier_public_urls_redirect_to_the_current_one(author: User) -> None:
    post = actions.publish(actions.create(by=author, title="One", slug="one"), by=author)
    post = actions.edit(post, by=author, version=1, slug="two")
    post = actions.unpublish(post, by=author)
    post = actions.edit(post, by=author, version=2, slug="three")
    post = actions.publish(post, by=author, at=timezone.now() + dt.timedelta(days=1))
    post = actions.edit(post, by=author, version=3, slug="four")
    actions.publish(post, by=author)
    assert dict(Redirect.objects.values_list("old_path", "new_path")) == {
        "/one": "/four",
        "/two": "/four",
        "/three": "/four",
    }


def test_a_draft_that_was_never_public_leaves_no_redirect(author: User) -> None:
    post = actions.create(by=author, title="One", slug="one")
    actions.edit(post, by=author, version=1, slug="two")
    assert not Redirect.objects.exists()
