"""Covers and the logo in several formats and sizes, for browsers to choose from."""

import io

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.publication.models import Site
from tests.media import samples
from tests.public.shown import get_text
from tests.public.writing import publish


def upload_image(by: User, kind: str = "PNG") -> Image:
    data = samples.file(samples.scene().resize((640, 160)), kind)
    return media.upload(io.BytesIO(data), name="", by=by)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/a-post"])
def test_a_cover_is_offered_in_all_formats_and_sizes_after_conversion(
    path: str, client: Client, author: User
) -> None:
    image = upload_image(author)
    publish(author, cover=image)
    assert "<source" not in get_text(client, path)
    media.make_variants(image)
    folder = image.url.rpartition("/")[0]
    html = get_text(client, path)
    for kind in ("avif", "webp"):
        sizes = f"{folder}/480.{kind} 480w, {folder}/640.{kind} 640w"
        assert f'<source type="image/{kind}" srcset="{sizes}" sizes="' in html


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/a-post", "/login"])
def test_the_logo_is_offered_in_all_formats_and_sizes_after_conversion(
    path: str, client: Client, owner: User, site: Site
) -> None:
    publish(owner)
    site.logo = image = upload_image(owner)
    site.save()
    html = get_text(client, path)
    assert f'src="{image.url}"' in html
    assert "<source" not in html
    media.make_variants(image)
    folder = image.url.rpartition("/")[0]
    html = get_text(client, path)
    for kind in ("avif", "webp"):
        sizes = f"{folder}/480.{kind} 480w, {folder}/640.{kind} 640w"
        assert f'<source type="image/{kind}" srcset="{sizes}" sizes="384px">' in html


def test_an_animation_is_offered_only_as_uploaded(client: Client, author: User) -> None:
    image = upload_image(author, "GIF")
    publish(author, cover=image, content=f"![]({image.url})")
    media.make_variants(image)
    html = get_text(client, "/a-post")
    assert image.url in html
    assert "<source" not in html
