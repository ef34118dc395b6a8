"""Pixels of images in Chromium, whose decoders and colour management did not create them.

`test_pixels.py` compares with Pillow, which also writes the variants.
"""

import base64
from collections.abc import Iterator

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser

from broadsheet.lib import images
from tests.media import samples
from tests.media.test_pixels import LOSSLESS, LOSSY, MAX_PIXELS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Below this alpha, colours of a canvas are imprecise, because they are multiplied by it.
MIN_ALPHA = 128
#: Values of a limited range (ITU-T H.273, 8.3) after stretching to the full range.
STRETCHED = [min(255, max(0, round((level - 16) * 255 / 219))) for level in range(256)]
# Files in base64 to width, height and the pixels of their first pictures in RGBA.
DECODE = """async (files) => {
  const rendered = [];
  for (const data of files) {
    const file = new Blob([Uint8Array.fromBase64(data)]);
    const picture = await createImageBitmap(
      file, { premultiplyAlpha: "none", colorSpaceConversion: "default" });
    const { width, height } = picture;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { colorSpace: "srgb", willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    const pixels = new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
    rendered.push([width, height, pixels.toBase64()]);
  }
  return rendered;
}"""


def uploads() -> Iterator[tuple[str, bytes]]:
    """Yield name and file of every type of image, also animations and screen profiles."""
    for name, sample in samples.kinds():
        yield name, sample().data
    for disposal in range(4):
        yield f"animation, disposal {disposal}", samples.animation(disposal)
    for kind in ("PNG", "JPEG", "WEBP", "AVIF"):
        file = samples.file(samples.scene(), kind, icc_profile=samples.swapped_profile())
        yield f"{kind} with a profile of its own", file


def stored(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the stored files of an upload: the original and, except for animations, variants."""
    cleaned = images.clean(data, name="", max_pixels=MAX_PIXELS)
    yield cleaned.extension, cleaned.data
    if cleaned.extension != "gif":
        for kind in ("webp", "avif"):
            yield f"variant.{kind}", images.scaled(cleaned.data, cleaned.width, kind)
            yield f"half.{kind}", images.scaled(cleaned.data, cleaned.width // 2, kind)


def has_same_alpha(picture: Image.Image, expected: Image.Image, *, is_avif: bool) -> bool:
    """Return whether the alpha channels are equal.

    Chromium 156 interprets the alpha of an AVIF as limited range, 16 to 235, and stretches it,
    although the file declares 0 to 255, as AVIF requires. So both are accepted for AVIF.
    """
    pair = [one.getchannel("A") for one in (picture, expected)]
    same = [one.tobytes() for one in pair]
    stretched = [one.point(STRETCHED).tobytes() for one in pair]
    return same[0] == same[1] or (is_avif and (stretched[0] == same[1] or same[0] == stretched[1]))


def difference(picture: Image.Image, expected: Image.Image) -> float:
    """Return the largest mean difference of a colour's levels, where it is visible."""
    visible = expected.getchannel("A").point(lambda alpha: 255 * (alpha >= MIN_ALPHA))
    pair = [one.convert("RGB") for one in (picture, expected)]
    return max(ImageStat.Stat(ImageChops.difference(*pair), visible).mean)


def test_chromium_renders_stored_files_like_the_upload(browser: Browser) -> None:
    original = dict(uploads())
    results = {(name, kind): data for name in original for kind, data in stored(original[name])}
    files = {(name, "upload"): data for name, data in original.items()} | results
    context = browser.new_context()
    page = context.new_page()
    encoded = [base64.b64encode(data).decode() for data in files.values()]
    pixels = page.evaluate(DECODE, encoded)
    context.close()
    rendered = {
        key: Image.frombytes("RGBA", (width, height), base64.b64decode(rgba))
        for key, (width, height, rgba) in zip(files, pixels, strict=True)
    }
    for name, kind in results:
        picture, expected = rendered[name, kind], rendered[name, "upload"]
        if kind.startswith("half"):
            if expected.getchannel("A").getextrema() == (255, 255):
                half = expected.resize((32, 24), Image.Resampling.LANCZOS)
                assert difference(picture, half) <= 2 * LOSSY, (name, kind)
            continue
        is_exact = kind in {"png", "gif", "webp", "avif"}  # not compressed again
        assert picture.size == expected.size == samples.SIZE, (name, kind)
        assert difference(picture, expected) <= (LOSSLESS if is_exact else LOSSY), (name, kind)
        is_avif = "avif" in kind or "AVIF" in name
        assert has_same_alpha(picture, expected, is_avif=is_avif), (name, kind)
