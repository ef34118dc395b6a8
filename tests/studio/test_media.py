"""The media library."""

import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image as Pillow

from broadsheet.accounts.models import User
from broadsheet.media import actions
from broadsheet.media.models import Image
from tests.studio.conftest import At


def picture(colour: str = "red") -> io.BytesIO:
    data = io.BytesIO()
    Pillow.new("RGB", (40, 30), colour).save(data, "PNG")
    return io.BytesIO(data.getvalue())


@pytest.fixture
def tree(author: User) -> Image:
    return actions.upload(picture(), name="tree.png", by=author)


def names(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/studio/media{query}")
    assert page.status_code == 200
    return [image.name for image in page.context["images"]]


def test_authors_see_their_images_and_editors_all(
    tree: Image, author: User, another_author: User, editor: User, at: At
) -> None:
    actions.upload(picture("blue"), name="sea.png", by=another_author)
    assert names(at(author)) == ["tree.png"]
    assert names(at(another_author)) == ["sea.png"]
    assert names(at(editor)) == ["sea.png", "tree.png"]
    assert names(at(editor), "?view=list") == ["sea.png", "tree.png"]


def test_the_library_is_searched_by_words_of_all_texts(tree: Image, author: User, at: At) -> None:
    actions.upload(picture("blue"), name="sea.png", by=author, alt="Waves")
    actions.edit(tree, caption="An old oak", credit="Ines")
    assert names(at(author), "?text=OAK+ines") == ["tree.png"]
    assert names(at(author), "?text=waves") == ["sea.png"]
    assert "No images found" in at(author).get("/studio/media?text=moon").text


def test_images_without_a_description_are_found_until_they_are_described(
    tree: Image, author: User, at: At
) -> None:
    other = actions.upload(picture("blue"), name="sea.png", by=author)
    assert names(at(author), "?show=no-description") == ["sea.png", "tree.png"]
    actions.edit(tree, alt="A tree")
    actions.edit(other, is_decorative=True)
    assert names(at(author), "?show=no-description") == []


def test_texts_and_focal_point_are_saved_and_the_search_stays(
    tree: Image, author: User, at: At
) -> None:
    data = {"alt": "A tree", "caption": "Oak", "credit": "Ines", "focal_x": "10", "focal_y": "90"}
    response = at(author).post(f"/studio/media/{tree.pk}?text=tree", data)
    assert response["Location"] == f"/studio/media/{tree.pk}?text=tree#image"
    tree.refresh_from_db()
    assert (tree.alt, tree.caption, tree.credit) == ("A tree", "Oak", "Ines")
    assert (tree.focal_x, tree.focal_y) == (10, 90)
    page = at(author).get(f"/studio/media/{tree.pk}")
    assert f"![A tree]({tree.url})" in page.text


def test_a_focal_point_outside_the_image_is_a_field_error(
    tree: Image, author: User, at: At
) -> None:
    page = at(author).post(f"/studio/media/{tree.pk}", {"focal_x": "101", "focal_y": "50"})
    assert page.status_code == 422
    assert page.context["form"].errors["focal_x"]


def test_who_uploaded_the_same_file_later_can_use_but_not_change_the_image(
    tree: Image, author: User, another_author: User, at: At
) -> None:
    actions.upload(picture(), name="copy.png", by=another_author)
    client, url = at(another_author), f"/studio/media/{tree.pk}"
    page = client.get(url)
    assert page.status_code == 200
    assert not page.context["can_edit"]
    assert client.post(url, {"alt": "Mine"}).status_code == 403
    tree.refresh_from_db()
    assert tree.alt == ""


def test_a_page_of_the_library_needs_as_many_queries_for_one_image_as_for_many(
    tree: Image, author: User, at: At
) -> None:
    client = at(author)
    client.get("/studio/media")
    with CaptureQueriesContext(connection) as one:
        client.get("/studio/media")
    for level in range(5):
        actions.upload(picture(f"#0000{level}0"), name=f"{level}.png", by=author)
    with CaptureQueriesContext(connection) as many:
        client.get("/studio/media")
    assert len(one) == len(many)
