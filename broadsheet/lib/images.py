"""Image processing: identifies uploads by content, decodes, resizes and strips metadata."""

import io
import logging
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from PIL import Image, ImageChops, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from broadsheet.lib import colour_profiles, image_formats

logger = logging.getLogger(__name__)

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "AVIF": "avif"}
MIMES = {extension: f"image/{name.lower()}" for name, extension in EXTENSIONS.items()}
_SPELLINGS = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}
MAX_FRAMES = 600
MAX_SCANS = 100
# Limits that keep one image below 256 MB of memory. Decoding and processing need, per pixel: WebP
# and AVIF 16 bytes, a progressive JPEG up to 10, rotating or compositing 8.
_PIXELS = {"WEBP": 12_500_000, "AVIF": 12_500_000}
_PIXELS_WIDE_KEY = 12_500_000  # decoded twice
_PIXELS_PROGRESSIVE = 20_000_000
_PIXELS_TURNED = 24_000_000
_PIXELS_TURNED_WEBP = 4_000_000
_EIGHT_BITS = [(level * 255 + 32_767) // 65_535 for level in range(65_536)]
_EXACT_ALPHA = {"advanced": {"alpha:lossless": "1"}}
_BAND = 256  # lines of an image that are converted at a time
# Above this many pixels, compression favours speed over size.
_PIXELS_FAST, _PIXELS_FAST_AVIF = 12_500_000, 1_500_000
_PIXELS_FINE = 6_000_000  # up to here, twice the displayed pixels are resampled
_ORIENTATION = 0x0112
_ROTATIONS: dict[int, Image.Transpose | None] = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FIRST_SIDEWAYS = 5  # from here on, width and height are swapped

# Data after a picture that a browser or another program could interpret as a page or a script. No
# marker is shorter than six bytes: compressed pixels contain any four bytes sooner or later.
_FOREIGN = re.compile(
    rb"<script[\s>]|<html[\s>]|<!doctype\s|<svg\s+[a-z][a-z:]*\s*=|<\?php\s", re.IGNORECASE
)
_PDF, _PDF_REACH = b"%PDF-", 1_024  # how far PDF viewers search for it
# A ZIP has a directory, whose end record is at most so far before its own end (APPNOTE 4.3.16).
_ZIP_DIRECTORY, _ZIP_END, _ZIP_REACH = b"PK\x01\x02", b"PK\x05\x06", 22 + 65_535


def _(message: str) -> str:
    """Mark a message for translation; the caller translates it, in another process."""
    return message


class UnacceptableImageError(ValueError):
    """A file is not an acceptable image. The message gives the reason and a solution.

    `message` is the English text with placeholders for `params` (`gettext(message) % params`), so
    that a process without Django's settings can raise it and another one can display it.
    """

    def __init__(self, message: str, **params: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the params."""
        return _restored_error, (self.message, self.params)

    def __str__(self) -> str:
        """Return the English text."""
        return self.message % self.params


def _restored_error(message: str, params: dict[str, str | int]) -> UnacceptableImageError:
    return UnacceptableImageError(message, **params)


@dataclass(frozen=True, slots=True)
class CleanedImage:
    """A cleaned image: decoded, upright, without metadata except its colour profile.

    `tone` is its mean colour in three hex digits; empty if it is transparent or animated.
    """

    data: bytes
    width: int
    height: int
    extension: str
    tone: str

    @property
    def mime(self) -> str:
        """The media type (RFC 6838)."""
        return MIMES[self.extension]


def read(file: BinaryIO, *, max_bytes: int) -> bytes:
    """Return the content of `file`. Raises UnacceptableImageError for more than `max_bytes`."""
    data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise UnacceptableImageError(
            _("The file is larger than %(megabytes)d MB. Make it smaller and try again."),
            megabytes=max_bytes // 1_000_000,
        )
    return data


def clean(data: bytes, *, name: str, max_pixels: int) -> CleanedImage:
    """Return the image in `data`, uploaded as `name`, safe to store and serve.

    Raises UnacceptableImageError for data that is no image, has too many pixels, is damaged, has
    another type than its name, or is also another kind of file, and nothing else for any bytes.
    Like `scaled` and `square` it needs neither settings nor a database, and takes and returns plain
    values, so it can run in another process. Each needs less than 256 MB and 5 s.
    """
    with _boundary():
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            _check_size(*image_formats.webp_size(data), min(max_pixels, _PIXELS["WEBP"]))
        return _clean(data, name, max_pixels)


def _clean(data: bytes, name: str, max_pixels: int) -> CleanedImage:
    with _open(data) as image:
        kind = str(image.format)
        _check_name(name, EXTENSIONS[kind])
        if kind != "GIF" and getattr(image, "is_animated", False):
            raise UnacceptableImageError(
                _("Animations must be GIFs. Save it as a GIF or as a still image.")
            )
        if _is_more_than_an_image(data, kind):
            raise UnacceptableImageError(
                _(
                    "The file is an image and something else at the same time (a page, a "
                    "script or an archive). Save it again in an image editor."
                )
            )
        if kind == "GIF":
            return _clean_gif(image, data, max_pixels)
        _check_size(image.width, image.height, _pixel_limit(image, data, max_pixels))
        image.load()
        if _has_wide_key(image, data):
            _apply_wide_key(image, data)
        tone = _tone(image)
        encoded = _encode(image, data)
        width, height = image.size
        if _orientation(image) >= _FIRST_SIDEWAYS:
            width, height = height, width
    return CleanedImage(encoded, width, height, EXTENSIONS[kind], tone)


def scaled(data: bytes, width: int, kind: str) -> bytes:
    """Return the image in `data`, at `width` pixels, in the format `kind` ("avif" or "webp")."""
    with _boundary(), _open(data) as image:
        is_sideways = _orientation(image) >= _FIRST_SIDEWAYS
        across, down = image.size[::-1] if is_sideways else image.size
        height = max(1, round(down * width / across))
        size = (height, width) if is_sideways else (width, height)
        picture, profile = _shrink(image, size)
        picture = _rotate(picture, _orientation(image))
        image.close()  # frees memory for the encoder
        out = io.BytesIO()
        is_large = width * height > _PIXELS_FAST_AVIF
        options: dict[str, dict[str, Any]] = {
            "avif": {
                "quality": 60,
                "speed": 9 if is_large else 7,
                "max_threads": 1,
                **_EXACT_ALPHA,
            },
            "webp": {"quality": 80},
        }
        picture.save(out, kind.upper(), icc_profile=profile, **options[kind])
        return out.getvalue()


def square(data: bytes, side: int) -> bytes:
    """Return the middle of the image in `data` as a square WebP of `side` pixels."""
    with _boundary(), _open(data) as image:
        image.draft(None, (2 * side, 2 * side))
        edge = min(image.size)
        left, top = (image.width - edge) // 2, (image.height - edge) // 2
        middle = (left, top, left + edge, top + edge)
        picture, profile = _shrink(image, (side, side), middle)
        out = io.BytesIO()
        picture = _rotate(picture, _orientation(image))
        picture.save(out, "WEBP", quality=85, icc_profile=profile)
        return out.getvalue()


@contextmanager
def _boundary() -> Iterator[None]:
    """Raise only UnacceptableImageError: decoders can raise anything for a malformed file.

    Other errors are logged, since they can be bugs of ours.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own limits and warnings; our limits are checked before decoding.
            warnings.simplefilter("ignore")
            yield
    except UnacceptableImageError:
        raise
    except Exception as error:
        logger.warning("An image cannot be read: %s: %s", type(error).__name__, error)
        raise UnacceptableImageError(_("The image is damaged. Save it again.")) from error


def _open(data: bytes) -> Image.Image:
    """Open the first picture in `data` without decoding it."""
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=list(EXTENSIONS))
    except UnidentifiedImageError as error:
        raise UnacceptableImageError(
            _("Unsupported file type. Use a JPEG, PNG, GIF, WebP or AVIF image.")
        ) from error
    except Image.DecompressionBombError as error:
        raise UnacceptableImageError(
            _("The image has too many pixels. Make it smaller.")
        ) from error
    if image.format == "MPO":  # a JPEG followed by further pictures, as cameras write it
        image = JpegImageFile(io.BytesIO(data))
    if image.format == "PNG":
        _correct_colour_key(image, data)
    return image


def _is_more_than_an_image(data: bytes, kind: str) -> bool:
    """Return whether the file is also valid in another format, such as a PDF or a ZIP file.

    Encoding the image again would silently drop that part. Metadata is ignored: it can quote a
    page, and is removed.
    """
    is_page = _FOREIGN.search(image_formats.data_outside_image(data, kind)) is not None
    is_pdf = data.find(_PDF, 0, _PDF_REACH + len(_PDF)) >= 0
    end = data.rfind(_ZIP_END, -_ZIP_REACH)
    return is_page or is_pdf or data.find(_ZIP_DIRECTORY, 0, max(end, 0)) >= 0


def _check_name(name: str, extension: str) -> None:
    suffix = PurePath(name).suffix.lstrip(".").lower()
    if suffix and _SPELLINGS.get(suffix, suffix) != extension:
        raise UnacceptableImageError(
            _(
                "The file name ends in .%(suffix)s, but the file is a %(kind)s image. Rename "
                "it to end in .%(extension)s."
            ),
            suffix=suffix,
            kind=extension.upper(),
            extension=extension,
        )


def _check_size(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise UnacceptableImageError(
            _(
                "The image has %(pixels)d million pixels (%(width)d by %(height)d); the limit "
                "for this type is %(most)d million. Make it smaller."
            ),
            pixels=width * height // 1_000_000,
            width=width,
            height=height,
            most=most // 1_000_000,
        )


def _pixel_limit(image: Image.Image, data: bytes, most: int) -> int:
    """Return how many pixels, at `most`, fit into the memory limit for an image of this kind."""
    if image.format == "WEBP" and _orientation(image) != 1:
        return min(most, _PIXELS_TURNED_WEBP)
    if _has_wide_key(image, data):
        return min(most, _PIXELS_WIDE_KEY)
    if image.format != "JPEG":
        return min(most, _PIXELS.get(str(image.format), most))
    shape = image_formats.jpeg_shape(data)
    if shape.scans > MAX_SCANS:
        raise UnacceptableImageError(
            _("The image has %(scans)d progressive scans; the limit is %(most)d. Save it again."),
            scans=shape.scans,
            most=MAX_SCANS,
        )
    return min(most, _PIXELS_PROGRESSIVE) if shape.is_progressive else most


def _clean_gif(image: Image.Image, data: bytes, max_pixels: int) -> CleanedImage:
    """Return a GIF whose frames are all readable, with unchanged frame data."""
    gif = image_formats.Gif.parse(data)
    area = sum(width * height for width, height, _block in gif.frames)
    _check_size(gif.width, gif.height, max_pixels)
    if len(gif.frames) > MAX_FRAMES or area > 4 * max_pixels:
        raise UnacceptableImageError(
            _("The animation is too long. The limit is %(most)d frames."), most=MAX_FRAMES
        )
    for still in gif.stills():
        with Image.open(io.BytesIO(still), formats=["GIF"]) as frame:
            frame.load()
    is_still = len(gif.frames) == 1 and gif.frames[0][:2] == (gif.width, gif.height)
    tone = _tone(image) if is_still else ""
    return CleanedImage(gif.write(), gif.width, gif.height, "gif", tone)


def _correct_colour_key(image: Image.Image, data: bytes) -> None:
    """Convert a PNG's colour key to the scale of Pillow's pixels.

    The file's key has its bit depth. Pillow scales pixels of fewer bits up to 8, and truncates
    16-bit colour to 8.
    """
    key, depth = image.info.get("transparency"), data[24]
    if image.mode in {"1", "L"} and isinstance(key, int):
        image.info["transparency"] = (key & (2**depth - 1)) * 255 // (2**depth - 1)
    elif image.mode == "RGB" and isinstance(key, tuple):
        image.info["transparency"] = tuple(v >> max(0, depth - 8) & 255 for v in key)


def _has_wide_key(image: Image.Image, data: bytes) -> bool:
    """Return whether the image is a 16-bit colour PNG with a colour key."""
    is_wide = image.format == "PNG" and image.mode == "RGB" and data[24] > 8  # noqa: PLR2004
    return is_wide and "transparency" in image.info


def _apply_wide_key(image: Image.Image, data: bytes) -> None:
    """Convert a 16-bit colour key to alpha.

    Pillow's pixels have the upper bytes only, which match the key more often than the full values
    do. Decoding with the other byte order yields the lower bytes.
    """
    lower = PngImageFile(io.BytesIO(data))
    key = lower.info["transparency"]
    lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
    alpha = Image.new("L", image.size)
    for shift, picture in ((8, image), (0, lower)):
        for channel, value in zip(picture.split(), key, strict=True):
            level = value >> shift & 255
            alpha = ImageChops.lighter(
                alpha, channel.point([255 * (v != level) for v in range(256)])
            )
    del image.info["transparency"]
    image.putalpha(alpha)


def _orientation(image: Image.Image) -> int:
    """Return the Exif orientation (1 to 8); 1 is upright."""
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):  # malformed Exif
        return 1
    return turn if turn in _ROTATIONS else 1


def _rotate(picture: Image.Image, orientation: int) -> Image.Image:
    method = _ROTATIONS[orientation]
    return picture if method is None else picture.transpose(method)


def _tone(image: Image.Image) -> str:
    if image.has_transparency_data:
        return ""
    picture, _profile = _shrink(image, (8, 8))
    mean = picture.resize((1, 1), Image.Resampling.BOX)
    return "".join(f"{round(level / 17):x}" for level in mean.tobytes())


def _shrink(
    image: Image.Image, size: tuple[int, int], part: tuple[int, int, int, int] | None = None
) -> colour_profiles.Profiled:
    """Return the image (or a part of it), not rotated, at `size` in RGB or RGBA, with its profile.

    It is converted in bands and reduced on the way, since a converted copy of the whole would
    double the memory; Pillow's resize makes another copy if there is alpha.
    """
    image.draft(None, (2 * size[0], 2 * size[1]))
    image.load()
    left, top, right, bottom = part or (0, 0, *image.size)
    width, height = right - left, bottom - top
    ratio = min(width / size[0], height / size[1])
    factor = max(1, int(ratio if width * height > _PIXELS_FINE else ratio / 2))
    mode = "RGBA" if image.has_transparency_data else "CMYK" if image.mode == "CMYK" else "RGB"
    reduced = Image.new(mode, (-(-width // factor), -(-height // factor)))
    lines = factor * max(1, _BAND // factor)
    for line in range(0, height, lines):
        box = (left, top + line, right, top + min(line + lines, height))
        reduced.paste(_convert(image.crop(box), mode).reduce(factor), (0, line // factor))
    box_of_all = (0, 0, width / factor, height / factor)
    resized = reduced.resize(size, Image.Resampling.LANCZOS, box=box_of_all)
    return colour_profiles.in_rgb(resized, image.info.get("icc_profile"), image.mode)


def _convert(band: Image.Image, mode: str) -> Image.Image:
    """Return `band` in 8 bits and `mode`; of 16-bit grey Pillow would keep the lower bits."""
    if not band.mode.startswith("I"):
        return band if band.mode == mode else band.convert(mode)
    wide = band.convert("I")
    picture = wide.point(_EIGHT_BITS, "L").convert("RGB")
    if mode == "RGBA":
        alpha = [255] * 65_536
        alpha[band.info["transparency"]] = 0
        picture.putalpha(wide.point(alpha, "L"))
    return picture


def _encode(image: Image.Image, data: bytes) -> bytes:
    """Return the image upright, without metadata except its profile, in its own format.

    WebP and AVIF keep their encoded pixels: encoding again is slow and loses quality. AVIF has its
    own orientation property, which all browsers respect.
    """
    orientation = _orientation(image)
    if image.format == "AVIF":
        return image_formats.blank_avif(data)
    if image.format == "WEBP" and orientation == 1:
        return image_formats.strip_webp(data)
    is_large = image.width * image.height > _PIXELS_FAST
    profile, key = image.info.get("icc_profile"), image.info.get("transparency")
    bare, exif = image, b""
    if orientation != 1 and image.width * image.height > _PIXELS_TURNED:
        turn = Image.Exif()  # too large to rotate here: browsers rotate it
        turn[_ORIENTATION] = orientation
        exif = turn.tobytes()
    elif orientation != 1:
        bare = _rotate(image, orientation)
    bare.info.clear()
    # A JPEG that is not rotated keeps its quality; "keep" asks Pillow for its tables.
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": "keep" if bare is image else 93, "optimize": not is_large},
        "PNG": {"compress_level": 3 if is_large else 6},
        "WEBP": {"quality": 90},
    }
    if key is not None:
        options["PNG"]["transparency"] = min(key, 1) if bare.mode == "1" else key
    out = io.BytesIO()
    bare.save(out, image.format, exif=exif, icc_profile=profile, **options[str(image.format)])
    return out.getvalue()
