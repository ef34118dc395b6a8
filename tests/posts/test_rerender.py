"""Rendering stored posts again."""

import io

import pytest
from django.core.management import call_command
from django.test import Client

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post

pytestmark = pytest.mark.django_db


def run() -> str:
    out = io.StringIO()
    call_command("rerender", stdout=out)
    return out.getvalue()


def test_stored_posts_are_rendered_again_by_this_release(author: User) -> None:
    old = actions.create(by=author, title="Old", content="*Now* rendered", status="published")
    actions.create(by=author, title="Draft", content="Text")
    Post.objects.filter(pk=old.pk).update(html="<p>Once</p>", summary="Once", word_count=1)
    updated_at = Post.objects.get(pk=old.pk).updated_at
    assert run() == "1 of 2 posts changed.\n"
    post = Post.objects.get(pk=old.pk)
    assert (post.summary, post.word_count) == ("Now rendered", 2)
    assert (post.version, post.updated_at) == (1, updated_at)
    assert "<em>Now</em> rendered" in Client().get("/old").content.decode()
    assert [hit.id for hit in search.find("rendered")] == [post.pk]
    assert run() == "0 of 2 posts changed.\n"


def test_a_post_that_can_no_longer_be_rendered_keeps_its_html(author: User) -> None:
    post = actions.create(by=author, title="Wide", content="Text", status="published")
    wide = "|a" * 100 + "|\n" + "|-" * 100 + "|\n"
    Post.objects.filter(pk=post.pk).update(content=wide, html="<p>Kept</p>")
    assert run() == "0 of 1 posts changed.\n"
    assert Post.objects.get().html == "<p>Kept</p>"
