"""Synthetic images of many types, each with its expected pixels."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

SIZE = (64, 48)


class Sample(NamedTuple):
    """A file and its expected pixels, in RGBA and upright."""

    data: bytes
    expected: Image.Image


def scene() -> Image.Image:
    """Draw gradients with a different colour in each corner, so that rotations are visible."""
    ramp = Image.linear_gradient("L").resize(SIZE)
    return Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), ramp.rotate(90)))


def mask() -> Image.Image:
    """Draw an alpha channel with a transparent and a semi-transparent rectangle."""
    drawn = Image.new("L", SIZE, 255)
    ImageDraw.Draw(drawn).rectangle((0, 0, 31, 23), fill=0)
    ImageDraw.Draw(drawn).rectangle((32, 24, 63, 47), fill=128)
    return drawn


def file(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(header: tuple[int, int], rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG; `header` is bit depth and colour type, and each row begins with its filter."""

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    start = chunk(b"IHDR", struct.pack(">IIBBBBB", *SIZE, *header, 0, 0, 0))
    middle = b"".join(chunk(name, body) for name, body in chunks)
    return (
        b"\x89PNG\r\n\x1a\n" + start + middle + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def grey_png(depth: int, key: int | None = None) -> Sample:
    """Return eight grey stripes in 1 to 16 bits; those with the level `key` are transparent."""
    width, height = SIZE
    top = 2**depth - 1
    levels = [top * (stripe * 8 // width) // 7 for stripe in range(width)]
    bits = "".join(f"{level:0{depth}b}" for level in levels)
    row = b"\0" + int(bits, 2).to_bytes(width * depth // 8)
    expected = Image.new("RGBA", SIZE)
    for x, level in enumerate(levels):
        grey = round(level * 255 / top)
        colour = (grey, grey, grey, 0 if level == key else 255)
        ImageDraw.Draw(expected).line((x, 0, x, height), fill=colour)
    chunks = [] if key is None else [(b"tRNS", struct.pack(">H", key))]
    return Sample(png((depth, 0), row * height, *chunks), expected)


def colour_png(depth: int) -> Sample:
    """Return an image with a colour key in 8 or 16 bits: its upper left quarter is transparent."""
    key = (10, 200, 30)
    expected = scene().convert("RGBA")
    expected.paste((*key, 0), (0, 0, 32, 24))
    wide = depth // 8
    pixels = expected.convert("RGB").tobytes()
    line = SIZE[0] * 3
    rows = b"".join(
        b"\0" + b"".join(bytes([level]) * wide for level in pixels[start : start + line])
        for start in range(0, len(pixels), line)
    )
    values = [level * 257 if depth == 16 else level for level in key]
    return Sample(png((depth, 2), rows, (b"tRNS", struct.pack(">3H", *values))), expected)


def wide_key_png() -> Sample:
    """Return an image with a colour key in 16 bits: its upper left quarter is transparent.

    The adjacent colour differs only in the lower byte.
    """
    near, key = ((10_000, 20_000, value) for value in (30_001, 30_000))
    colour = tuple(level >> 8 for level in key)
    expected = Image.new("RGBA", SIZE, (*colour, 255))
    expected.paste((*colour, 0), (0, 0, 32, 24))
    left, right = (struct.pack(">3H", *levels) * 32 for levels in (key, near))
    rows = (b"\0" + left + right) * 24 + (b"\0" + right * 2) * 24
    return Sample(png((16, 2), rows, (b"tRNS", struct.pack(">3H", *key))), expected)


def palette(kind: str, transparency: int | bytes) -> Sample:
    """Return an image of four colours, some of them transparent."""
    image = Image.new("P", SIZE)
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (90, 90, 90)]
    image.putpalette([level for colour in colours for level in colour])
    alphas = list(transparency) if isinstance(transparency, bytes) else [255] * 4
    if isinstance(transparency, int):
        alphas[transparency] = 0
    expected = Image.new("RGBA", SIZE)
    for index, colour in enumerate(colours):
        box = (index * 16, 0, index * 16 + 16, 48)
        image.paste(index, box)
        expected.paste((*colour, alphas[index]), box)
    return Sample(file(image, kind, transparency=transparency), expected)


def alpha(mode: str, kind: str, **options: Any) -> Sample:
    image = scene().convert(mode)
    image.putalpha(mask())
    return Sample(file(image, kind, **options), image.convert("RGBA"))


def opaque(mode: str, kind: str, **options: Any) -> Sample:
    image = scene().convert(mode)
    return Sample(file(image, kind, **options), image.convert("RGBA"))


def rotated(orientation: int) -> Sample:
    """Return a photo with this Exif orientation (Exif 2.32, 4.6.4)."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = scene().transpose(undo[orientation]) if orientation in undo else scene()
    data = file(stored, "JPEG", exif=exif, quality=95, subsampling=0)
    return Sample(data, scene().convert("RGBA"))


def mpo() -> Sample:
    """Return a JPEG with a second picture after the first, as most phones write it."""
    data = file(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", SIZE, "red")])
    return Sample(data, scene().convert("RGBA"))


def profiled(mode: str) -> Sample:
    """Return an image in CMYK or grey whose colours depend on its ICC profile."""
    if mode == "CMYK":
        image = Image.new("CMYK", SIZE, (0, 0, 0, 0))
        image.paste((255, 0, 0, 0), (0, 0, 32, 48))
        expected = Image.new("RGBA", SIZE, "white")
        expected.paste("red", (0, 0, 32, 48))
        return Sample(file(image, "JPEG", quality=95, icc_profile=cmyk_profile()), expected)
    image = Image.new(mode, SIZE, 55 if mode == "L" else (55, 255))
    expected = Image.new("RGBA", SIZE, (128, 128, 128, 255))
    return Sample(file(image, "PNG", icc_profile=linear_grey_profile()), expected)


def cmyk_profile() -> bytes:
    """Return a profile (ICC.1:2001) in which cyan is red, black is black, and others are grey."""
    points: list[int] = []
    for corner in range(16):
        cyan, black = corner & 8, corner & 1
        grey = (128, 128, 128) if corner & 6 else (255, 128, 128)
        points += (0, 128, 128) if black else (138, 209, 198) if cyan else grey
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0])
    table += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    return _profile(b"prtrCMYKLab ", {b"A2B0": table + ramp * 4 + bytes(points) + ramp * 3})


def linear_grey_profile() -> bytes:
    """Return a grey profile with linear light."""
    curve = struct.pack(">4s4xIH", b"curv", 1, 0x0100)
    white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
    return _profile(b"mntrGRAYXYZ ", {b"kTRC": curve, b"wtpt": white})


def swapped_profile() -> bytes:
    """Return a screen profile with red and blue swapped (primaries of sRGB, gamma 2.2)."""
    blue, green, red = (0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    tags = {b"wtpt": struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)}
    for name, place in ((b"r", red), (b"g", green), (b"b", blue)):
        fixed = [round(value * 65_536) for value in place]
        tags[name + b"XYZ"] = struct.pack(">4s4x3i", b"XYZ ", *fixed)
        tags[name + b"TRC"] = struct.pack(">4s4xIH", b"curv", 1, 0x0233)
    return _profile(b"mntrRGB XYZ ", tags)


def _profile(kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body, position = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, position + len(body), len(content))
        body += content.ljust(-(-len(content) // 4) * 4, b"\0")
    white = struct.pack(">3i", 63190, 65536, 54061)
    head = struct.pack(">I4sI12s12x4s", 0, b"\0" * 4, 0x02400000, kind, b"acsp")
    head = (head.ljust(68, b"\0") + white).ljust(128, b"\0") + table + body
    return struct.pack(">I", len(head)) + head[4:]


def animation(disposal: int) -> bytes:
    """Return a GIF of a moving dot on a transparent background; frames differ in duration."""
    frames = []
    for step in range(4):
        frame = Image.new("RGBA", SIZE, (0, 0, 0, 0))
        ImageDraw.Draw(frame).ellipse((step * 12, 8, step * 12 + 20, 28), fill=(220, step * 60, 40))
        frames.append(frame)
    durations = [100, 200, 300, 400]
    more = {"append_images": frames[1:], "duration": durations, "loop": 3, "disposal": disposal}
    return file(frames[0], "GIF", save_all=True, optimize=False, comment=b"by me", **more)


def kinds() -> Iterator[tuple[str, Callable[[], Sample]]]:
    """Yield every type of still image with its name."""
    for depth, key in ((1, 1), (2, 2), (4, 4), (8, 145), (16, 28086)):
        yield f"grey {depth} bits", partial(grey_png, depth)
        yield f"grey {depth} bits, key", partial(grey_png, depth, key)
    yield "palette, one clear", partial(palette, "PNG", 1)
    yield "palette, alphas", partial(palette, "PNG", bytes([255, 128, 0, 40]))
    yield "palette, GIF", partial(palette, "GIF", 2)
    yield "colour key, 8 bits", partial(colour_png, 8)
    yield "colour key, 16 bits", partial(colour_png, 16)
    yield "colour key, lower bytes", wide_key_png
    yield "LA PNG", partial(alpha, "LA", "PNG")
    yield "RGBA PNG", partial(alpha, "RGBA", "PNG")
    yield "RGBA WebP", partial(alpha, "RGBA", "WEBP", lossless=True, exact=True)
    yield "RGBA AVIF", partial(alpha, "RGBA", "AVIF", quality=95, speed=9)
    for mode, kind in (("RGB", "PNG"), ("L", "JPEG"), ("RGB", "JPEG"), ("CMYK", "JPEG")):
        yield f"{mode} {kind}", partial(opaque, mode, kind)
    yield "RGB WebP", partial(opaque, "RGB", "WEBP", quality=90)
    yield "RGB AVIF", partial(opaque, "RGB", "AVIF", quality=90)
    yield "progressive JPEG", partial(opaque, "RGB", "JPEG", progressive=True)
    yield "MPO", mpo
    for mode in ("CMYK", "L", "LA"):
        yield f"{mode} with profile", partial(profiled, mode)
    for orientation in range(1, 9):
        yield f"orientation {orientation}", partial(rotated, orientation)
