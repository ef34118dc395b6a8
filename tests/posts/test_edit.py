"""Saving new versions."""

import pytest

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.publication.models import Redirect


def test_a_second_window_cannot_overwrite_the_first(author: User) -> None:
    post = actions.create(by=author, title="One")
    actions.edit(post, by=author, version=1, title="From the first window")
    with pytest.raises(actions.Conflict) as caught:
        actions.edit(post, by=author, version=1, title="From the second")
    assert caught.value.current.title == "From the first window"


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
