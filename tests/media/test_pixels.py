"""Pixels of images: the same before and after an upload, in the original and all variants."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageCms, ImageSequence, ImageStat

from broadsheet.lib import images
from tests.media import samples

MAX_PIXELS = 50_000_000
# The maximum of the mean difference (of 0 to 255) that compression may cause.
LOSSY, LOSSLESS = 8.0, 0.51


def decoded(data: bytes) -> Image.Image:
    """Decode with Pillow, except 1-bit and 16-bit grey, which Pillow does not convert exactly."""
    with Image.open(io.BytesIO(data)) as image:
        if image.mode == "I;16":
            key = image.info.get("transparency")
            wide = image.convert("I")
            rendered = Image.merge("RGB", [wide.point([v // 257 for v in range(65_536)], "L")] * 3)
            clear = wide.point([255 * (v != key) for v in range(65_536)], "L")
            rendered.putalpha(clear)
            return rendered
        if image.mode == "1":
            return decoded_one_bit(image)
        return image.convert("RGBA")


def decoded_one_bit(image: Image.Image) -> Image.Image:
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
    cleaned = images.clean(data, name="", max_pixels=MAX_PIXELS)
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
def test_rgb_profiles_are_kept_and_other_profiles_removed(kind: str) -> None:
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile, expected in ((wide, wide), (samples.linear_grey_profile(), None), (b"x", None)):
        data = samples.file(samples.scene(), kind, icc_profile=profile)
        cleaned = images.clean(data, name="", max_pixels=MAX_PIXELS)
        variants = [images.scaled(cleaned.data, 32, form) for form in ("webp", "avif")]
        for variant in (*variants, images.square(cleaned.data, 16)):
            with Image.open(io.BytesIO(variant)) as image:
                assert image.info.get("icc_profile") == expected


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
def test_an_animation_keeps_its_frames_durations_and_loop(disposal: int) -> None:
    def frames(data: bytes) -> list[tuple[bytes, int, int]]:
        with Image.open(io.BytesIO(data)) as image:
            return [
                (frame.convert("RGBA").tobytes(), frame.info["duration"], frame.info["loop"])
                for frame in ImageSequence.Iterator(image)
            ]

    data = samples.animation(disposal)
    cleaned = images.clean(data, name="", max_pixels=MAX_PIXELS).data
    assert frames(cleaned) == frames(data)
    assert len(frames(cleaned)) == 4
    assert b"by me" not in cleaned


def test_metadata_is_removed_from_files_that_are_not_reencoded() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera that knows where you live"
    for kind in ("WEBP", "AVIF"):
        data = samples.file(samples.scene(), kind, exif=exif, xmp=b"<x>where I live</x>")
        assert b"where" in data
        cleaned = images.clean(data, name="", max_pixels=MAX_PIXELS).data
        assert b"where" not in cleaned
        assert decoded(cleaned).tobytes() == decoded(data).tobytes()


def test_a_rotated_avif_keeps_its_orientation() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    rotated = samples.scene().transpose(Image.Transpose.ROTATE_90)
    cleaned = images.clean(samples.file(rotated, "AVIF", exif=exif), name="", max_pixels=MAX_PIXELS)
    assert (cleaned.width, cleaned.height) == samples.SIZE
    variant = images.scaled(cleaned.data, 64, "webp")
    assert_same(variant, samples.scene().convert("RGBA"), LOSSY)
