"""The tags pages of the studio."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import User
from broadsheet.posts import actions
from broadsheet.posts.models import PostTag, Tag
from tests.studio.conftest import At, Write


def test_an_editor_renames_a_tag(editor: User, at: At, write: Write) -> None:
    write(tags=["Tee"])
    tag = Tag.objects.get()
    client = at(editor)
    assert "Tee" in client.get("/studio/tags").text
    sent = {"name": "Tea", "slug": "tea", "description": "All about tea."}
    page = client.post(f"/studio/tags/{tag.pk}", sent, follow=True)
    assert "Tag saved." in page.text
    tag.refresh_from_db()
    assert (tag.name, tag.slug, tag.description) == ("Tea", "tea", "All about tea.")


def test_an_editor_merges_a_tag_by_name(editor: User, at: At, write: Write) -> None:
    post = write(tags=["JS", "JavaScript"])
    tag = Tag.objects.get(slug="js")
    page = at(editor).post(f"/studio/tags/{tag.pk}/merge", {"into": "JavaScript"}, follow=True)
    assert "“JS” is merged into “JavaScript”." in page.text
    assert [row.tag.slug for row in PostTag.objects.filter(post=post)] == ["javascript"]


def test_merging_into_an_unknown_tag_is_a_field_error(editor: User, at: At, write: Write) -> None:
    write(tags=["JS"])
    tag = Tag.objects.get()
    for name, error in {"Java": "There is no tag “Java”.", "JS": "This is the same tag."}.items():
        page = at(editor).post(f"/studio/tags/{tag.pk}/merge", {"into": name})
        assert page.status_code == 422
        assert error in page.text


def test_a_taken_name_is_a_field_error(editor: User, at: At, write: Write) -> None:
    write(tags=["JS", "Java"])
    tag = Tag.objects.get(slug="js")
    page = at(editor).post(f"/studio/tags/{tag.pk}", {"name": "Java", "slug": "js"})
    assert page.status_code == 422
    assert "This name is taken: “Java”." in page.text


def test_only_an_unused_tag_is_deleted(editor: User, at: At, write: Write) -> None:
    post = write(tags=["Tea"])
    tag = Tag.objects.get()
    client = at(editor)
    page = client.post(f"/studio/tags/{tag.pk}/delete", follow=True)
    assert "Posts have this tag" in page.text
    actions.edit(post, by=editor, version=post.version, tags=[])
    page = client.post(f"/studio/tags/{tag.pk}/delete", follow=True)
    assert "Tag “Tea” deleted." in page.text
    assert "No tags yet" in page.text


def test_the_list_counts_posts_and_continues(
    editor: User, at: At, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.studio.tag_list.PAGE_SIZE", 2)
    write(tags=["A", "B"])
    write(tags=["B", "C"])
    page = at(editor).get("/studio/tags")
    assert [tag.post_count for tag in page.context["rows"]] == [1, 2]
    assert "?from=c" in page.text
    assert [tag.slug for tag in at(editor).get("/studio/tags?from=c").context["rows"]] == ["c"]
    assert "No tags found" in at(editor).get("/studio/tags?from=x").text


def test_the_number_of_queries_does_not_depend_on_the_number_of_tags(
    editor: User, at: At, write: Write
) -> None:
    def count_queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get("/studio/tags")
        return len(queries)

    client = at(editor)
    write(tags=["A"])
    client.get("/studio/tags")
    before = count_queries()
    write(tags=[f"T{n}" for n in range(9)])
    assert count_queries() == before


def test_authors_do_not_change_tags(author: User, at: At, write: Write) -> None:
    write(tags=["Tea"])
    tag = Tag.objects.get()
    client = at(author)
    assert client.get("/studio/tags").status_code == 403
    assert client.post(f"/studio/tags/{tag.pk}", {"name": "X", "slug": "x"}).status_code == 403
    assert "/studio/tags" not in client.get("/studio").text
