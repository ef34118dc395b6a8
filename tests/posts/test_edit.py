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


def test_a_second_window_cannot_overwrite_the_first(author: User) -> None:
    post = actions.create(by=author, title="One")
    actions.edit(post, by=author, version=1, title="From the first window")
    with pytest.raises(actions.EditConflictError) as caught:
        actions.edit(post, by=author, version=1, title="From the second")
    assert caught.value.current.title == "From the first window"


def test_a_slug_that_is_taken_at_the_same_moment_is_refused(
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


def test_every_saved_version_is_kept_and_saving_nothing_new_makes_none(author: User) -> None:
    post = actions.create(by=author, title="One", content="a")
    post = actions.edit(post, by=author, version=1, content="b")
    post = actions.edit(post, by=author, version=2, content="b")
    assert post.version == 2
    assert [r.content for r in post.revisions.order_by("number")] == ["a", "b"]


def test_a_changed_slug_leaves_a_redirect_and_a_chain_stays_one_step(author: User) -> None:
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


def test_what_was_read_at_an_address_is_found_again_however_it_is_renamed(author: User) -> None:
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


def test_a_draft_that_nobody_knows_leaves_no_redirect(author: User) -> None:
    post = actions.create(by=author, title="One", slug="one")
    actions.edit(post, by=author, version=1, slug="two")
    assert not Redirect.objects.exists()
