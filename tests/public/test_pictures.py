"""Covers and the logo: in the formats and sizes that browsers choose from."""

import io

import pytest
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.media import actions as media
from broadsheet.media.models import Image
from broadsheet.publication.models import Site
from tests.media import samples
from tests.public.shown import text_of
from tests.public.writing import publish


def uploaded(by: User, kind: str = "PNG") -> Image:
    data = samples.file(samples.scene().resize((640, 160)), kind)
    return media.upload(io.BytesIO(data), name="", by=by)


@pytest.mark.parametrize("path", ["/", "/a-post"])
def test_a_cover_comes_in_every_format_and_size_once_they_are_made(
    path: str, client: Client, author: User
) -> None:
    image = uploaded(author)
    publish(author, cover=image)
    assert "<source" not in text_of(client, path)
    media.make_variants(image)
    folder = image.url.rpartition("/")[0]
    html = text_of(client, path)
    for kind in ("avif", "webp"):
        sizes = f"{folder}/480.{kind} 480w, {folder}/640.{kind} 640w"
        assert f'<source type="image/{kind}" srcset="{sizes}" sizes="' in html


@pytest.mark.parametrize("path", ["/", "/a-post", "/login"])
def test_the_logo_comes_in_every_format_and_size_once_they_are_made(
    path: str, client: Client, owner: User, site: Site
) -> None:
    publish(owner)
    site.logo = image = uploaded(owner)
    site.save()
    html = text_of(client, path)
    assert f'src="{image.url}"' in html
    assert "<source" not in html
    media.make_variants(image)
    folder = image.url.rpartition("/")[0]
    html = text_of(client, path)
    for kind in ("avif", "webp"):
        sizes = f"{folder}/480.{kind} 480w, {folder}/640.{kind} 640w"
        assert f'<source type="image/{kind}" srcset="{sizes}" sizes="384px">' in html


def test_an_animation_is_offered_as_it_is(client: Client, author: User) -> None:
    image = uploaded(author, "GIF")
    publish(author, cover=image, content=f"![]({image.url})")
    media.make_variants(image)
    html = text_of(client, "/a-post")
    assert image.url in html
    assert "<source" not in html
