"""Favicons in PNG and ICO, drawn from the first letter of the site's name."""

import io

from PIL import Image, ImageDraw

from broadsheet.lib.colours import PAPER
from broadsheet.public.og_image import INK, font, is_drawable, to_png

_SMALL = 32  # pixels: smaller icons have space for the letter and only one line


def icon(letter: str, size: int, accent: str) -> Image.Image:
    """Draw a square with a letter between two lines; a small icon has only the lower line."""
    image = Image.new("RGB", (size, size), PAPER)
    draw = ImageDraw.Draw(image)
    rule = max(1, size // 24)
    inset = size // 8
    is_small = size < _SMALL
    for y in (size - inset - rule,) if is_small else (inset, size - inset - rule):
        draw.rectangle((inset, y, size - inset - 1, y + rule - 1), fill=accent)
    drawn = letter if is_drawable(letter) else "¶"
    face = font(round(size * (0.95 if is_small else 0.72)))
    _left, top, _right, bottom = face.getbbox(drawn, anchor="ls")
    middle = size / 2 - (size / 12 if is_small else 0)
    draw.text((size / 2, middle - (top + bottom) / 2), drawn, INK, face, anchor="ms")
    return image


def touch_icon(letter: str, accent: str) -> bytes:
    """Return the icon for home screens of phones: a PNG of 180 pixels."""
    return to_png(icon(letter, 180, accent))


def ico(letter: str, accent: str) -> bytes:
    """Return an ICO file with icons of 16, 32 and 48 pixels."""
    out = io.BytesIO()
    sizes = [icon(letter, size, accent) for size in (48, 32, 16)]
    sizes[0].save(out, "ICO", sizes=[i.size for i in sizes], append_images=sizes[1:])
    return out.getvalue()
