"""What images show in Chromium, whose decoders and colour management made none of them.

`test_pixels.py` looks with Pillow, which also writes the variants.
"""

import base64
from collections.abc import Iterator

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser

from broadsheet.lib import images
from tests.media import samples
from tests.media.test_pixels import LOSSLESS, LOSSY, MOST

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Below this alpha a canvas, whose colours are multiplied by it, no longer tells them well.
TELLS = 128
#: What a limited range (ITU-T H.273, 8.3) becomes when it is stretched.
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
    """Yield a name and a file of every kind, animations and screens' profiles among them."""
    for name, sample in samples.kinds():
        yield name, sample().data
    for disposal in range(4):
        yield f"animation, disposal {disposal}", samples.animation(disposal)
    for kind in ("PNG", "JPEG", "WEBP", "AVIF"):
        file = samples.file(samples.scene(), kind, icc_profile=samples.swapped_profile())
        yield f"{kind} with a profile of its own", file


def stored(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what is stored of an upload: the original, and its variants but for animations."""
    cleaned = images.clean(data, name="", max_pixels=MOST)
    yield cleaned.extension, cleaned.data
    if cleaned.extension != "gif":
        for kind in ("webp", "avif"):
            yield f"variant.{kind}", images.scaled(cleaned.data, cleaned.width, kind)
            yield f"half.{kind}", images.scaled(cleaned.data, cleaned.width // 2, kind)


def shows_alpha(picture: Image.Image, expected: Image.Image, *, is_avif: bool) -> bool:
    """Whether the alphas are the same.

    Chromium 156 takes an AVIF's alpha for one of 16 to 235 and stretches it, though the file says
    what AVIF prescribes, 0 to 255: of AVIF both readings are right here.
    """
    pair = [one.getchannel("A") for one in (picture, expected)]
    same = [one.tobytes() for one in pair]
    stretched = [one.point(STRETCHED).tobytes() for one in pair]
    return same[0] == same[1] or (is_avif and (stretched[0] == same[1] or same[0] == stretched[1]))


def difference(picture: Image.Image, expected: Image.Image) -> float:
    """Return the largest mean difference of a colour's levels, where it is visible."""
    visible = expected.getchannel("A").point(lambda alpha: 255 * (alpha >= TELLS))
    pair = [one.convert("RGB") for one in (picture, expected)]
    return max(ImageStat.Stat(ImageChops.difference(*pair), visible).mean)


def test_chromium_sees_in_what_is_stored_what_it_sees_in_the_upload(browser: Browser) -> None:
    original = dict(uploads())
    made = {(name, kind): made for name in original for kind, made in stored(original[name])}
    files = {(name, "upload"): data for name, data in original.items()} | made
    context = browser.new_context()
    page = context.new_page()
    encoded = [base64.b64encode(data).decode() for data in files.values()]
    pixels = page.evaluate(DECODE, encoded)
    context.close()
    rendered = {
        key: Image.frombytes("RGBA", (width, height), base64.b64decode(rgba))
        for key, (width, height, rgba) in zip(files, pixels, strict=True)
    }
    for name, kind in made:
        picture, expected = rendered[name, kind], rendered[name, "upload"]
        if kind.startswith("half"):
            if expected.getchannel("A").getextrema() == (255, 255):
                half = expected.resize((32, 24), Image.Resampling.LANCZOS)
                assert difference(picture, half) <= 2 * LOSSY, (name, kind)
            continue
        is_exact = kind in {"png", "gif", "webp", "avif"}  # pixels that were not compressed again
        assert picture.size == expected.size == samples.SIZE, (name, kind)
        assert difference(picture, expected) <= (LOSSLESS if is_exact else LOSSY), (name, kind)
        is_avif = "avif" in kind or "AVIF" in name
        assert shows_alpha(picture, expected, is_avif=is_avif), (name, kind)
