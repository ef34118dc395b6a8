"""The URL of an image contains all that a page needs to know about it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.lib import image_variants
from broadsheet.lib.image_variants import ImageVariants

sizes = st.integers(1, 99_999)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(digest=digests, width=sizes, height=sizes, kind=st.sampled_from(["jpg", "png", "webp"]))
def test_the_name_contains_size_and_folder_of_the_variants(
    digest: str, width: int, height: int, kind: str
) -> None:
    url = f"/media/{image_variants.original_name(digest, width, height, kind)}"
    picture = ImageVariants.parse(url)
    assert picture is not None
    assert (picture.width, picture.height, picture.extension) == (width, height, kind)
    assert picture.folder == f"/media/{digest[:2]}/{digest}/"


@pytest.mark.parametrize(
    ("size", "has_variants"),
    [("4000x3000", True), ("1600x3700", True), ("1600x3800", False), ("300x17000", False)],
)
def test_very_tall_images_have_no_variants(size: str, has_variants: bool) -> None:
    picture = ImageVariants.parse(f"/media/ab/{'ab' * 32}/{size}.png")
    assert picture is not None
    assert picture.has_variants is has_variants
    assert bool(picture.sources) is has_variants


@given(width=sizes)
def test_no_variant_is_larger_than_its_image_and_no_width_occurs_twice(width: int) -> None:
    widths = image_variants.variant_widths(width)
    assert widths
    assert max(widths) <= width
    assert list(widths) == sorted(set(widths))


def test_the_srcset_lists_each_variant_with_its_width() -> None:
    picture = ImageVariants.parse(f"/media/ab/{'ab' * 32}/1000x500.png")
    assert picture is not None
    sources = re.findall(r"/media/ab/(?:ab){32}/(\d+)\.avif (\d+)w", picture.srcset("avif"))
    assert sources == [("480", "480"), ("960", "960"), ("1000", "1000")]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.org/picture.png",
        f"/media/ab/{'ab' * 32}/1000x500.svg",
        f"/media/ab/{'ab' * 32}/0x500.png",
        f"/media/ab/{'ab' * 31}/10x5.png",
        f"/media/ab/{'AB' * 32}/10x5.png",
    ],
)
def test_any_other_url_is_no_image_of_this_site(url: str) -> None:
    assert ImageVariants.parse(url) is None


@given(url=st.text())
def test_parsing_a_url_never_fails(url: str) -> None:
    ImageVariants.parse(url)
