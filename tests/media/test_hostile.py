"""Malicious and damaged images: rejected with a clear message, and at little cost."""

import io
import json
import struct
import subprocess
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from broadsheet.lib import image_formats, images
from tests.media import samples

MAX_PIXELS = 50_000_000


def scans(count: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated `count` times."""
    data = samples.file(samples.scene(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + b"\xff\xd9"


def test_a_jpeg_with_more_than_100_scans_is_rejected_before_it_is_decoded() -> None:
    own = image_formats.jpeg_shape(scans(0)).scans
    assert images.clean(scans(100 - own), name="", max_pixels=MAX_PIXELS).extension == "jpg"
    with pytest.raises(images.UnacceptableImageError, match=r"4\d\d\d progressive scans"):
        images.clean(scans(4_000), name="", max_pixels=MAX_PIXELS)


def test_scans_of_a_thumbnail_or_a_second_picture_do_not_count() -> None:
    inner = samples.file(samples.scene(), "JPEG", progressive=True)
    shape = image_formats.jpeg_shape(
        samples.file(samples.scene(), "JPEG", exif=b"Exif\0\0" + inner)
    )
    assert shape[:2] == (1, False)
    assert image_formats.jpeg_shape(samples.mpo().data)[:2] == (1, False)


def oversized_frame() -> bytes:
    """Return a GIF whose second frame claims to be 65,535 pixels wide and high."""
    data = bytearray(samples.animation(1))
    second = data.index(b"\x21\xf9", data.index(b"\x21\xf9") + 8)
    at = data.index(b"\x2c", second + 8)
    data[at + 1 : at + 9] = struct.pack("<4H", 0, 0, 65_535, 65_535)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        oversized_frame(),
        samples.animation(1)[:13],
        samples.animation(1)[:400],
        b"RIFF\xff\xff\xff\xffWEBPVP8X",
        samples.file(samples.scene(), "AVIF")[:300],
        samples.file(samples.scene(), "PNG").replace(b"IDAT", b"IDAX"),
    ],
    ids=range(6),
)
def test_a_file_that_breaks_decoders_is_rejected_with_a_message(data: bytes) -> None:
    with pytest.raises(images.UnacceptableImageError) as error:
        images.clean(data, name="", max_pixels=MAX_PIXELS)
    assert "%" not in str(error.value)


SOURCES = [sample().data for _name, sample in samples.kinds()] + [samples.animation(2)]


@given(st.sampled_from(SOURCES), st.data())
def test_a_damaged_file_is_an_image_or_raises_one_type_of_error(
    source: bytes, draw: st.DataObject
) -> None:
    damaged = bytearray(source[: draw.draw(st.integers(len(source) // 2, len(source)))])
    for place in draw.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=4)):
        damaged[place] ^= draw.draw(st.integers(1, 255))
    data = bytes(damaged)
    with suppress(images.UnacceptableImageError):
        images.clean(data, name="", max_pixels=100_000)
    with suppress(images.UnacceptableImageError):
        images.scaled(data, 16, "webp")
    with suppress(images.UnacceptableImageError):
        images.square(data, 16)


# Decodes a file in a separate process, and prints how much memory that needed.
_MEASURE = """
import json, pathlib, resource, sys
from broadsheet.lib import images
data = pathlib.Path(sys.argv[1]).read_bytes()
def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = used()
work = sys.argv[2]
try:
    if work == "clean":
        images.clean(data, name="", max_pixels=50_000_000)
    elif work == "square":
        images.square(data, 256)
    else:
        images.scaled(data, 1600, work)
    refused = False
except images.UnacceptableImageError:
    refused = True
print(json.dumps([used() - before, refused]))
"""


def large(kind: str, mode: str, side: int, **options: Any) -> bytes:
    """Return an image of the largest accepted size, with gradients."""
    ramp = Image.linear_gradient("L").resize((side, side))
    bands = [ramp, ramp.transpose(Image.Transpose.ROTATE_180), ramp.rotate(90), ramp.rotate(180)]
    channels = len(Image.new(mode, (1, 1)).getbands())
    image = Image.merge(mode, bands[:channels]) if channels > 1 else ramp.convert(mode)
    if mode == "P":
        options |= {"transparency": bytes(range(256))}
    if kind == "PNG":
        options |= {"compress_level": 1}
    return samples.file(image, kind, **options)


def rotated() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


LARGE: dict[str, tuple[Any, ...]] = {
    "rotated jpeg": ("JPEG", "RGB", 4_800, {"exif": rotated()}),
    "large rotated jpeg": ("JPEG", "RGB", 7_000, {"exif": rotated()}),
    "progressive jpeg": ("JPEG", "RGB", 4_400, {"progressive": True, "subsampling": 0}),
    "png with alpha": ("PNG", "RGBA", 7_000, {}),
    "webp": ("WEBP", "RGBA", 3_500, {"method": 0}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_the_largest_images_take_less_than_256_mb(name: str, tmp_path: Any) -> None:
    kind, mode, side, options = LARGE[name]
    file = tmp_path / "large"
    file.write_bytes(large(kind, mode, side, **options))
    for work in ("clean", "avif"):
        process = subprocess.run(
            [sys.executable, "-c", _MEASURE, file, work], capture_output=True, check=True, text=True
        )
        megabytes, is_rejected = json.loads(process.stdout)
        assert not is_rejected
        assert megabytes < 256


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["WEBP", "progressive"])
def test_an_image_that_would_need_more_memory_is_rejected_by_its_size(kind: str) -> None:
    options = {"progressive": True} if kind == "progressive" else {"method": 0}
    image = Image.new("RGB", (7_000, 7_000), (9, 8, 7))
    name = "JPEG" if kind == "progressive" else kind
    data = samples.file(image, name, **options)
    with pytest.raises(images.UnacceptableImageError, match="the limit"):
        images.clean(data, name="", max_pixels=MAX_PIXELS)


def test_an_animation_can_have_many_frames_within_the_pixel_limit() -> None:
    still = samples.file(Image.new("P", (100, 100)), "GIF")
    gif = image_formats.Gif.parse(still)
    gif.blocks *= 600
    gif.frames *= 600
    assert images.clean(gif.write(), name="", max_pixels=MAX_PIXELS).data == gif.write()
    with pytest.raises(images.UnacceptableImageError, match="too long"):
        images.clean(gif.write(), name="", max_pixels=1_000_000)


def test_a_header_followed_by_zeros_is_no_image() -> None:
    for data in (b"", b"\0" * 1_000, b"GIF89a" + b"\0" * 1_000, b"\xff\xd8" + b"\0" * 1_000):
        with pytest.raises(images.UnacceptableImageError):
            images.clean(io.BytesIO(data).read(), name="", max_pixels=MAX_PIXELS)
