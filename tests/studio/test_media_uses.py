"""Where images are used, and deleting them."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.posts import actions
from broadsheet.publication.models import Site
from tests.studio.conftest import At, Write
from tests.studio.test_media import names, picture


@pytest.fixture
def tree(author: User) -> Image:
    return media.upload(picture(), name="tree.png", by=author)


def uses(client: Client, image: Image) -> list[tuple[str, bool]]:
    page = client.get(f"/studio/media/{image.pk}")
    return [(use.post.title, use.is_cover) for use in page.context["uses"]]


def test_an_image_names_the_posts_with_it_in_the_text_or_as_the_cover(
    tree: Image, author: User, at: At, write: Write
) -> None:
    assert names(at(author), "?show=unused") == ["tree.png"]
    write("In the text", content=f"![A tree](https://old.example{tree.url})")
    post = write("As the cover", cover=tree)
    assert uses(at(author), tree) == [("As the cover", True), ("In the text", False)]
    assert names(at(author), "?show=unused") == []
    post = actions.edit(post, by=author, version=1, cover=None)
    assert uses(at(author), tree) == [("In the text", False)]
    actions.edit(post, by=author, version=2, content=f"![]({tree.url})")
    assert uses(at(author), tree) == [("As the cover", False), ("In the text", False)]


def test_an_image_in_unpublished_changes_is_not_deleted(
    tree: Image, author: User, at: At, write: Write
) -> None:
    post = actions.publish(write(), by=author)
    changes = actions.autosave(post, by=author, version=post.version, content=f"![]({tree.url})")
    with pytest.raises(ValidationError, match="not public yet"):
        media.delete(tree)
    assert at(author).post(f"/studio/posts/{post.pk}/discard").status_code == 302
    assert changes.copy == 1
    media.delete(tree)
    assert not Image.objects.exists()


def test_titles_of_private_posts_of_other_authors_are_only_counted(
    tree: Image, author: User, editor: User, at: At, write: Write
) -> None:
    write("Secret", by=editor, cover=tree)
    page = at(author).get(f"/studio/media/{tree.pk}")
    assert "Secret" not in page.text
    assert "1 other post" in page.text
    assert uses(at(editor), tree) == [("Secret", True)]


def test_an_image_is_deleted_with_its_files_once_no_post_uses_it(
    tree: Image, author: User, at: At, write: Write
) -> None:
    post = write(cover=tree)
    client, url = at(author), f"/studio/media/{tree.pk}/delete"
    refused = client.post(url, follow=True)
    assert "A post uses this image. Remove it there first." in refused.text
    actions.delete(post, by=author)
    assert "A post uses this image." in client.post(url, follow=True).text
    post = actions.restore(post, by=author)
    actions.edit(post, by=author, version=post.version, cover=None)
    assert client.post(url)["Location"] == "/studio/media"
    assert not Image.objects.exists()
    media.delete_files(tree.digest)
    assert not default_storage.exists(str(tree.file.name))


def test_the_logo_and_images_in_the_footer_and_in_profiles_are_not_deleted(
    tree: Image, author: User, owner: User
) -> None:
    for change in ({"logo": tree}, {"logo": None, "footer": f"![]({tree.url})"}):
        Site.objects.update(**change)
        with pytest.raises(ValidationError, match="logo or footer"):
            media.delete(tree)
    Site.objects.update(footer="")
    User.objects.filter(pk=author.pk).update(bio=f"![]({tree.url})")
    with pytest.raises(ValidationError, match="profile"):
        media.delete(tree)


def test_files_of_an_image_that_was_uploaded_again_are_not_deleted(
    tree: Image, author: User
) -> None:
    media.delete(tree)
    again = media.upload(picture(), name="tree.png", by=author)
    media.delete_files(again.digest)
    assert default_storage.exists(str(again.file.name))


def test_the_admin_refuses_to_delete_an_image_in_use(
    tree: Image, owner: User, at: At, write: Write
) -> None:
    post = write(cover=tree)
    client, url = at(owner), f"/admin/media/image/{tree.pk}/delete/"
    client.post(url, {"post": "yes"})
    assert Image.objects.exists()
    actions.edit(post, by=owner, version=1, cover=None)
    client.post(url, {"post": "yes"})
    assert not Image.objects.exists()
