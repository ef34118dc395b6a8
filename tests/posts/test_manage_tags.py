"""Renaming, merging and deleting tags."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from broadsheet import search
from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import Post, PostTag, Tag
from broadsheet.posts.tasks import reindex_tagged
from broadsheet.publication.models import Redirect

pytestmark = pytest.mark.django_db


def publish(author: User, title: str, *tags: str) -> Post:
    return actions.create(
        by=author, title=title, tags=tags, status="published", pub_date=timezone.now()
    )


def tag_names(post: Post) -> list[str]:
    rows = PostTag.objects.filter(post=post).select_related("tag")
    return [row.tag.name for row in rows]


def test_a_renamed_tag_redirects_with_its_feeds(author: User, site: object) -> None:
    publish(author, "One", "Reactjs")
    tag = actions.edit_tag(Tag.objects.get(), name="React", slug="react")
    assert (tag.name, tag.slug) == ("React", "react")
    client = Client()
    assert client.get("/tag/react").status_code == 200
    for path in ("", "/rss.xml", "/atom.xml", "/feed.json"):
        response = client.get(f"/tag/reactjs{path}")
        assert (response.status_code, response.headers["Location"]) == (301, f"/tag/react{path}")


def test_a_renamed_tag_is_found_by_the_search(author: User) -> None:
    post = publish(author, "One", "Reactjs")
    tag = actions.edit_tag(Tag.objects.get(), name="Vuejs")
    assert search.find_ids("vuejs") == []
    reindex_tagged.func(str(tag.pk))
    assert search.find_ids("vuejs") == [post.pk]
    assert search.find_ids("reactjs") == []


def test_a_tag_of_drafts_only_leaves_no_redirect(author: User) -> None:
    actions.create(by=author, title="Secret", tags=["Secret plan"])
    actions.edit_tag(Tag.objects.get(), slug="plan")
    assert not Redirect.objects.exists()


def test_a_merged_tag_redirects_and_no_post_has_a_tag_twice(author: User, site: object) -> None:
    both = publish(author, "Both", "JS", "JavaScript", "Web")
    one = publish(author, "One", "JS")
    deleted = actions.delete(publish(author, "Gone", "JS"), by=author)
    old, new = Tag.objects.get(slug="js"), Tag.objects.get(slug="javascript")
    assert actions.merge_tag(old, into=new) == new
    assert tag_names(both) == ["JavaScript", "Web"]
    assert tag_names(one) == tag_names(deleted) == ["JavaScript"]
    assert not Tag.objects.filter(pk=old.pk).exists()
    response = Client().get("/tag/js")
    assert (response.status_code, response.headers["Location"]) == (301, "/tag/javascript")


def test_redirects_of_merged_tags_are_no_chain(author: User) -> None:
    publish(author, "One", "A", "B", "C")
    a, b, c = Tag.objects.order_by("slug")
    actions.merge_tag(a, into=b)
    actions.merge_tag(b, into=c)
    redirects = Redirect.objects.filter(old_path__in=["/tag/a", "/tag/b"])
    assert set(redirects.values_list("new_path", flat=True)) == {"/tag/c"}


def test_a_tag_is_not_merged_into_itself(author: User) -> None:
    publish(author, "One", "A")
    with pytest.raises(ValidationError):
        actions.merge_tag(Tag.objects.get(), into=Tag.objects.get())


def test_a_name_or_slug_that_is_taken_or_unusable_is_refused(author: User) -> None:
    publish(author, "One", "A", "B")
    tag = Tag.objects.get(slug="a")
    for changes in (
        {"name": "B"},
        {"name": "A, B"},
        {"slug": "b"},
        {"name": ""},
        {"name": "\u200b"},
    ):
        with pytest.raises(ValidationError):
            actions.edit_tag(tag, **changes)
    assert Tag.objects.get(pk=tag.pk).name == "A"


def test_only_a_tag_without_posts_is_deleted(author: User) -> None:
    post = publish(author, "One", "A")
    tag = Tag.objects.get()
    with pytest.raises(ValidationError):
        actions.delete_tag(tag)
    actions.edit(post, by=author, version=post.version, tags=[])
    actions.delete_tag(tag)
    assert not Tag.objects.exists()


def test_many_posts_are_indexed_in_several_jobs(
    author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [publish(author, f"Post {n}", "Old") for n in range(3)]
    monkeypatch.setattr("broadsheet.posts.actions.tags.BATCH_SIZE", 1)
    monkeypatch.setattr("broadsheet.posts.tasks.SECONDS_PER_JOB", -1)
    tag = actions.edit_tag(Tag.objects.get(), name="Fresh")
    last = posts[0].pk
    reindex_tagged.func(str(tag.pk))
    assert search.find_ids("fresh") == [last]
    reindex_tagged.func(str(tag.pk), str(posts[1].pk))
    assert set(search.find_ids("fresh")) == {posts[0].pk, posts[2].pk}
