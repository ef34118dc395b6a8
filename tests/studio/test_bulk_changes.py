"""Bulk changes in the studio, without JavaScript."""

import uuid

from broadsheet.accounts.models import User
from broadsheet.posts.models import BulkChange, Post
from broadsheet.posts.tasks import carry_out_bulk_change
from tests.studio.conftest import At, Write

URL = "/studio/bulk-changes"


def test_an_author_selects_confirms_follows_and_undoes(author: User, at: At, write: Write) -> None:
    posts = [str(write(title).pk) for title in ("One", "Two")]
    client = at(author)
    page = client.get("/studio")
    assert all(f'value="{pk}" form="bulk"' in page.text for pk in posts)
    page = client.post(URL, {"post": posts, "verb": "add_tag"})
    assert "Add a tag" in page.text
    assert "2 posts" in page.text
    assert page.context["form"]["verb"].value() == "add_tag"
    sent = {"post": posts, "verb": "add_tag", "value": "Tea", "confirmed": "1"}
    page = client.post(URL, sent, follow=True)
    assert "0 of 2 posts" in page.text
    assert 'http-equiv="refresh"' in page.text
    bulk = BulkChange.objects.get()
    carry_out_bulk_change.func(str(bulk.pk))
    page = client.get(f"{URL}/{bulk.pk}")
    assert "2 posts changed." in page.text
    assert "http-equiv" not in page.text
    client.post(f"{URL}/{bulk.pk}/undo")
    carry_out_bulk_change.func(str(bulk.pk))
    assert "2 posts are as they were before." in client.get(f"{URL}/{bulk.pk}").text
    assert not Post.objects.filter(tags__name="Tea").exists()


def test_an_error_is_shown_at_its_field(author: User, at: At, write: Write) -> None:
    sent = {"post": str(write().pk), "verb": "remove_tag", "value": "Tea", "confirmed": "1"}
    page = at(author).post(URL, sent)
    assert page.status_code == 422
    assert "There is no tag “Tea”." in page.text


def test_without_a_selection_nothing_happens(author: User, at: At) -> None:
    page = at(author).post(URL, {"verb": "delete", "post": "x"}, follow=True)
    assert "Select at least one post." in page.text


def test_skipped_posts_are_listed(author: User, another_author: User, at: At, write: Write) -> None:
    post = write("Theirs", by=another_author)
    post.status = "unlisted"
    Post.objects.filter(pk=post.pk).update(status="unlisted", pub_date=post.created_at)
    sent = {"post": str(post.pk), "verb": "delete", "confirmed": "1"}
    client = at(author)
    page = client.post(URL, sent, follow=True)
    carry_out_bulk_change.func(str(page.context["bulk"].pk))
    page = client.get(page.request["PATH_INFO"])
    assert "You may not change this post." in page.text
    assert "Theirs" in page.text


def test_drafts_of_others_are_not_shown(
    author: User, another_author: User, at: At, write: Write
) -> None:
    post = write("Secret", by=another_author)
    page = at(author).post(URL, {"post": [str(post.pk), str(uuid.uuid4())], "verb": "delete"})
    assert "Secret" not in page.text


def test_a_change_of_someone_else_is_not_found(
    author: User, owner: User, at: At, write: Write
) -> None:
    sent = {"post": str(write().pk), "verb": "delete", "confirmed": "1"}
    at(author).post(URL, sent)
    bulk = BulkChange.objects.get()
    assert at(owner).get(f"{URL}/{bulk.pk}").status_code == 404
    assert at(owner).post(f"{URL}/{bulk.pk}/undo").status_code == 404


def test_authors_are_not_offered_to_choose_authors(
    author: User, editor: User, at: At, write: Write
) -> None:
    write()
    for user, is_offered in ((author, False), (editor, True)):
        assert ('value="set_author"' in at(user).get("/studio").text) == is_offered
    sent = {"post": str(write().pk), "verb": "set_author", "value": "ada", "confirmed": "1"}
    assert at(author).post(URL, sent).status_code == 403


def test_an_unknown_change_leads_back_to_the_list(author: User, at: At, write: Write) -> None:
    page = at(author).post(URL, {"post": str(write().pk), "verb": "publish"})
    assert (page.status_code, page.headers["Location"]) == (302, "/studio")
