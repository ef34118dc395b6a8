"""Social preview images (Open Graph) of posts, drawn from the title if a post has no image."""

import io
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext as _
from PIL import Image, ImageDraw, ImageFont

from broadsheet.lib.colours import PAPER
from broadsheet.posts.queries import PostDetail
from broadsheet.public.meta import OgImage, site_url

INK = "#1a1917"
RULE = "#cfcabf"
SIZE = (1200, 630)
MARGIN = 72
_FONT = Path(__file__).parent / "fonts" / "newsreader.ttf"
_SIZES = (112, 96, 84, 76, 68, 60, 54, 48)
_MOST_LINES = 4

type Font = ImageFont.FreeTypeFont


def og_image_of(post: PostDetail) -> OgImage:
    """Return the post's preview image: the chosen one, the cover, or one drawn from the title."""
    if post.share_image_url:
        return OgImage(post.share_image_url, alt=post.title)
    if post.cover:
        size = post.cover.width, post.cover.height
        return OgImage(site_url(post.cover.url), *size, post.cover_text)
    if post.cover_url:
        return OgImage(post.cover_url, alt=post.cover_text)
    path = f"/share/{post.id.hex}-{post.version}.png"
    alt = _("The headline “%s”") % post.title
    return OgImage(site_url(path), *SIZE, alt)


@lru_cache(maxsize=16)
def font(size: int) -> Font:
    """Return the semi-bold text font at `size` pixels."""
    return ImageFont.truetype(_FONT, size, layout_engine=ImageFont.Layout.BASIC)


def is_drawable(text: str) -> bool:
    """Return whether the font has glyphs for all of `text` and the text needs no shaping."""
    return all(ord(c) in _letters() for c in text if not c.isspace())


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """Return the characters for which the font has a glyph."""
    face = font(16)
    missing = bytes(face.getmask("\uffff"))
    ranges = [*range(0x21, 0x530), *range(0x1E00, 0x2000), *range(0x2010, 0x2050), 0x20AC, 0x2122]
    return frozenset(c for c in ranges if bytes(face.getmask(chr(c))) != missing)


def draw_og_image(headline: str, nameplate: str, accent: str) -> bytes:
    """Draw a post's preview image; return a PNG of 1200 by 630 pixels.

    If the font lacks letters of the headline, the nameplate replaces it; if it lacks letters of
    the nameplate too, the image has no text. An empty box for each letter would look broken.
    """
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    width, height = SIZE
    draw.rectangle((MARGIN, 60, width - MARGIN, 63), fill=INK)
    draw.rectangle((MARGIN, height - 60, width - MARGIN, height - 59), fill=RULE)
    draw.rectangle((MARGIN, 148, width - MARGIN, 148), fill=RULE)
    if is_drawable(nameplate) and is_drawable(headline):
        text = _fitting(nameplate, font(44), width - 2 * MARGIN)
        draw.text((MARGIN, 106), text, INK, font(44), anchor="lm")
    draw.rectangle((MARGIN, height - 60, MARGIN + 96, height - 57), fill=accent)
    if is_drawable(headline):
        _set_headline(draw, headline, (190, height - 100))
    elif is_drawable(nameplate):
        _set_headline(draw, nameplate, (190, height - 100))
    return to_png(image)


def _set_headline(draw: ImageDraw.ImageDraw, text: str, between: tuple[int, int]) -> None:
    """Draw the text at the largest size that fits, centred between the y coordinates `between`."""
    top, bottom = between
    for size in _SIZES:
        lines = _lines(text, font(size), SIZE[0] - 2 * MARGIN)
        if len(lines) <= _MOST_LINES and len(lines) * size * 1.2 <= bottom - top:
            break
    else:
        lines = lines[:_MOST_LINES]
        lines[-1] = _fitting(f"{lines[-1]} …", font(size), SIZE[0] - 2 * MARGIN)
    leading = round(size * 1.2)
    y = top + (bottom - top - leading * len(lines)) // 2
    for n, line in enumerate(lines):
        draw.text((MARGIN, y + n * leading), line, INK, font(size))


def _lines(text: str, face: Font, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and face.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(_fitting(word, face, width))
    return lines


def _fitting(text: str, face: Font, width: int) -> str:
    """Return `text`, truncated with an ellipsis if it is wider than `width` pixels."""
    if face.getlength(text) <= width:
        return text
    while text and face.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def to_png(image: Image.Image) -> bytes:
    """Encode an image with few colours as PNG."""
    out = io.BytesIO()
    # 64 colours are enough for the anti-aliased edges, and reduce the size to a third.
    image.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()
