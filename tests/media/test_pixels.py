"""What images show: the same before and after, in the original and in every variant."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageCms, ImageSequence, ImageStat

from broadsheet.lib import images
from tests.media import samples

MOST = 50_000_000
# The mean difference of a level of 0 to 255 that compression may make.
LOSSY, LOSSLESS = 8.0, 0.51


def decoded(data: bytes) -> Image.Image:
    """Decode with Pillow alone; 16 bits of grey and ink by rule, as Pillow's own are no measure."""
    with Image.open(io.BytesIO(data)) as image:
        if image.mode == "I;16":
            key = image.info.get("transparency")
            wide = image.convert("I")
            rendered = Image.merge("RGB", [wide.point([v // 257 for v in range(65_536)], "L")] * 3)
            clear = wide.point([255 * (v != key) for v in range(65_536)], "L")
            rendered.putalpha(clear)
            return rendered
        if image.mode == "1":
            return samples_of_one_bit(image)
        return image.convert("RGBA")


def samples_of_one_bit(image: Image.Image) -> Image.Image:
    key = image.info.pop("transparency", None)
    rendered = image.convert("RGBA")
    if key is not None:
        rendered.putalpha(image.convert("L").point(lambda level: 255 * (level != key)))
    return rendered


def assert_same(data: bytes, expected: Image.Image, tolerance: float) -> None:
    rendered = decoded(data)
    assert rendered.size == expected.size
    assert rendered.getchannel("A").tobytes() == expected.getchannel("A").tobytes()
    ground = Image.new("RGBA", expected.size, "white")
    pair = [Image.alpha_composite(ground, one).convert("RGB") for one in (rendered, expected)]
    assert max(ImageStat.Stat(ImageChops.difference(*pair)).mean) <= tolerance


@pytest.mark.parametrize(
    ("name", "sample"), [*samples.kinds()], ids=[name for name, _ in samples.kinds()]
)
def test_original_and_variants_show_the_same_pixels(
    name: str, sample: Callable[[], samples.Sample]
) -> None:
    data, expected = sample()
    cleaned = images.clean(data, name="", max_pixels=MOST)
    assert (cleaned.width, cleaned.height) == expected.size
    if "with profile" not in name:
        is_exact = cleaned.extension in {"png", "gif"} or "RGBA WebP" in name
        assert_same(cleaned.data, expected, LOSSLESS if is_exact else LOSSY)
    for kind in ("webp", "avif"):
        assert_same(images.scaled(cleaned.data, expected.width, kind), expected, LOSSY)
        half = expected.resize((32, 24), Image.Resampling.LANCZOS)
        variant = images.scaled(cleaned.data, 32, kind)
        if set(expected.getchannel("A").tobytes()) == {255}:
            assert_same(variant, half, 2 * LOSSY)
    middle = expected.crop((8, 0, 56, 48))
    assert_same(images.square(cleaned.data, 48), middle, LOSSY)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_profile_of_screen_colours_stays_and_one_of_ink_or_greys_goes(kind: str) -> None:
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile, left in ((wide, wide), (samples.linear_grey_profile(), None), (b"x", None)):
        data = samples.file(samples.scene(), kind, icc_profile=profile)
        cleaned = images.clean(data, name="", max_pixels=MOST)
        made = [images.scaled(cleaned.data, 32, form) for form in ("webp", "avif")]
        for variant in (*made, images.square(cleaned.data, 16)):
            with Image.open(io.BytesIO(variant)) as image:
                assert image.info.get("icc_profile") == left


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
def test_an_animation_keeps_every_frame_its_time_and_its_loop(disposal: int) -> None:
    def frames(data: bytes) -> list[tuple[bytes, int, int]]:
        with Image.open(io.BytesIO(data)) as image:
            return [
                (frame.convert("RGBA").tobytes(), frame.info["duration"], frame.info["loop"])
                for frame in ImageSequence.Iterator(image)
            ]

    data = samples.animation(disposal)
    cleaned = images.clean(data, name="", max_pixels=MOST).data
    assert frames(cleaned) == frames(data)
    assert len(frames(cleaned)) == 4
    assert b"by me" not in cleaned


def test_metadata_go_from_files_whose_pixels_are_kept_as_they_came() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera that knows where you live"
    for kind in ("WEBP", "AVIF"):
        data = samples.file(samples.scene(), kind, exif=exif, xmp=b"<x>where I live</x>")
        assert b"where" in data
        cleaned = images.clean(data, name="", max_pixels=MOST).data
        assert b"where" not in cleaned
        assert decoded(cleaned).tobytes() == decoded(data).tobytes()


def test_an_avif_that_lies_on_its_side_keeps_saying_so() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = samples.scene().transpose(Image.Transpose.ROTATE_90)
    cleaned = images.clean(samples.file(lying, "AVIF", exif=exif), name="", max_pixels=MOST)
    assert (cleaned.width, cleaned.height) == samples.SIZE
    variant = images.scaled(cleaned.data, 64, "webp")
    assert_same(variant, samples.scene().convert("RGBA"), LOSSY)
