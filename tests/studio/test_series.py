"""The series pages of the studio."""

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post, Series
from tests.studio.conftest import At, Write


def order() -> list[str]:
    return [post.title for post in Post.objects.in_series_order()]


def test_an_editor_moves_posts_up_and_down(editor: User, at: At, write: Write) -> None:
    posts = [str(write(title, series="Tea").pk) for title in "ABC"]
    url = f"/studio/series/{Series.objects.get().pk}"
    client = at(editor)
    client.post(f"{url}/sort", {"post": posts, "up": posts[2]})
    assert order() == ["A", "C", "B"]
    page = client.post(f"{url}/sort", {"post": [posts[1], posts[0], posts[2]]}, follow=True)
    assert [post.title for post in page.context["parts"]] == ["B", "A", "C"]
    client.post(f"{url}/sort", {"post": [posts[1], posts[0], posts[2]], "up": posts[1]})
    client.post(f"{url}/sort", {"post": [posts[1], posts[0], posts[2]], "down": posts[2]})
    assert order() == ["B", "A", "C"]


def test_an_invalid_order_is_refused(editor: User, at: At, write: Write) -> None:
    write("A", series="Tea")
    other = write("B")
    url = f"/studio/series/{Series.objects.get().pk}/sort"
    for post in (str(other.pk), "x"):
        page = at(editor).post(url, {"post": post})
        assert page.status_code == 422
        assert "A post is not in this series any more." in page.text


def test_an_editor_renames_a_series(editor: User, at: At, write: Write) -> None:
    write(series="Tee")
    series = Series.objects.get()
    sent = {"name": "Tea", "slug": "tea", "description": ""}
    page = at(editor).post(f"/studio/series/{series.pk}", sent, follow=True)
    assert "Series saved." in page.text
    series.refresh_from_db()
    assert (series.name, series.slug) == ("Tea", "tea")
    page = at(editor).post(f"/studio/series/{series.pk}", {**sent, "name": ""})
    assert page.status_code == 422


def test_only_an_empty_series_is_deleted(editor: User, at: At, write: Write) -> None:
    write(series="Tea")
    empty = Series.objects.create(name="Empty", slug="empty")
    used = Series.objects.get(slug="tea")
    client = at(editor)
    page = client.post(f"/studio/series/{used.pk}/delete", follow=True)
    assert "Posts are in this series" in page.text
    assert "Delete series" in client.get(f"/studio/series/{empty.pk}").text
    page = client.post(f"/studio/series/{empty.pk}/delete", follow=True)
    assert "Series “Empty” deleted." in page.text
    assert [series.post_count for series in page.context["rows"]] == [1]
