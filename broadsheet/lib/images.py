"""Images from outside: recognised by their content, decoded, and written again without the rest."""

import io
import re
import warnings
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "AVIF": "avif"}
MIMES = {extension: f"image/{name.lower()}" for name, extension in EXTENSIONS.items()}
_SPELLINGS = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}
FRAMES_TAKEN = 600
_ORIENTATION = 0x0112

# What a browser or another program might take for a page or a script. Anywhere in
# a file no marker is shorter than six bytes: compressed pixels hold any four sooner or later.
_FOREIGN = re.compile(
    rb"<script[\s>]|<html[\s>]|<!doctype\s|<svg\s+[a-z][a-z:]*\s*=|<\?php\s|\A.{0,1024}%PDF-",
    re.IGNORECASE | re.DOTALL,
)
# An archive has a directory, and the end of one at most so far before its own (APPNOTE 4.3.16).
_ZIP_DIRECTORY, _ZIP_END, _ZIP_REACH = b"PK\x01\x02", b"PK\x05\x06", 22 + 65_535


def _(message: str) -> str:
    """Mark a message for translation: whoever shows it translates it, outside of this process."""
    return message


class UnacceptableImageError(ValueError):
    """A file that cannot be taken. The message says why and what to do, for whoever sent it.

    `message` is the English text with the names of `params` in it (`gettext(message) % params`),
    so that a process without Django's settings can raise it and another one show it.
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
class Cleaned:
    """An image as it is kept: decoded, upright, without metadata but its colour profile.

    `tone` is its mean colour in three hex digits; empty where paper shows through or it moves.
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
            _("The file is larger than %(megabytes)d MB. Save it smaller and try again."),
            megabytes=max_bytes // 1_000_000,
        )
    return data


def clean(data: bytes, *, name: str, max_pixels: int) -> Cleaned:
    """Return the image in `data`, which its sender calls `name`, fit to be kept and served.

    Raises UnacceptableImageError for what is no image, has too many pixels, is damaged, of another
    type than its name says, or something else besides an image. Like `scaled` and `square` it
    needs neither settings nor a database, and takes and returns plain values: it can run in a
    process of its own.
    """
    with _opened(data) as image:
        kind = str(image.format)
        _check_name(name, EXTENSIONS[kind])
        _check_size(image, max_pixels)
        if _is_more_than_an_image(data):
            raise UnacceptableImageError(
                _(
                    "The file is an image and something else at once (a page, a script or an"
                    " archive). Save the picture anew from an image editor."
                )
            )
        try:
            written, size = _write(image, kind)
            tone = _tone(image)
        except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
            raise UnacceptableImageError(
                _("The image is damaged and cannot be read to its end. Save it anew.")
            ) from error
    return Cleaned(written, *size, EXTENSIONS[kind], tone)


def scaled(data: bytes, width: int, kind: str) -> bytes:
    """Return the image in `data`, at `width` pixels, in the format `kind` ("avif" or "webp")."""
    with _opened(data) as image:
        picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
        height = max(1, round(picture.height * width / picture.width))
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        out = io.BytesIO()
        quality: dict[str, int] = {"quality": 60, "speed": 7} if kind == "avif" else {"quality": 80}
        picture.save(out, kind.upper(), icc_profile=image.info.get("icc_profile"), **quality)
        return out.getvalue()


def square(data: bytes, side: int) -> bytes:
    """Return the middle of the image in `data` as a square WebP of `side` pixels."""
    with _opened(data) as image:
        picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
        out = io.BytesIO()
        ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS).save(out, "WEBP", quality=85)
        return out.getvalue()


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # Pillow's own limit; ours is checked before anything is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=list(EXTENSIONS))
    except UnidentifiedImageError as error:
        raise UnacceptableImageError(
            _("The file is no image of a type that is taken here: JPEG, PNG, GIF, WebP or AVIF.")
        ) from error
    except Image.DecompressionBombError as error:
        raise UnacceptableImageError(
            _("The image has too many pixels. Make it smaller.")
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise UnacceptableImageError(
            _("The image is damaged and cannot be read. Save it anew.")
        ) from error


def _is_more_than_an_image(data: bytes) -> bool:
    """Whether another program might open it. Writing it again drops that part, but says nothing."""
    end = data.rfind(_ZIP_END, -_ZIP_REACH)
    return bool(_FOREIGN.search(data)) or data.find(_ZIP_DIRECTORY, 0, max(end, 0)) >= 0


def _check_name(name: str, extension: str) -> None:
    suffix = PurePath(name).suffix.lstrip(".").lower()
    if suffix and _SPELLINGS.get(suffix, suffix) != extension:
        raise UnacceptableImageError(
            _(
                "The name ends in .%(suffix)s, but the file is a %(kind)s image."
                " Rename it so that it ends in .%(extension)s."
            ),
            suffix=suffix,
            kind=extension.upper(),
            extension=extension,
        )


def _check_size(image: Image.Image, max_pixels: int) -> None:
    pixels = image.width * image.height
    if pixels > max_pixels:
        raise UnacceptableImageError(
            _(
                "The image has %(pixels)d million pixels (%(width)d by %(height)d); at most"
                " %(most)d million are taken. Make it smaller."
            ),
            pixels=pixels // 1_000_000,
            width=image.width,
            height=image.height,
            most=max_pixels // 1_000_000,
        )
    if not getattr(image, "is_animated", False):
        return
    if image.format != "GIF":
        raise UnacceptableImageError(
            _("Animations are taken as GIF only. Save it as a GIF or as a still.")
        )
    frames = sum(
        1 for _still in zip(ImageSequence.Iterator(image), range(FRAMES_TAKEN + 1), strict=False)
    )
    image.seek(0)
    if frames > FRAMES_TAKEN or frames * pixels > 4 * max_pixels:
        raise UnacceptableImageError(
            _("The animation is too long. At most %(most)d frames are taken."), most=FRAMES_TAKEN
        )


def _tone(image: Image.Image) -> str:
    if getattr(image, "is_animated", False) or image.has_transparency_data:
        return ""
    small = image.convert("RGB").resize((1, 1), Image.Resampling.BOX)
    return "".join(f"{round(level / 17):x}" for level in small.tobytes())


def _write(image: Image.Image, kind: str) -> tuple[bytes, tuple[int, int]]:
    out = io.BytesIO()
    if getattr(image, "is_animated", False):
        image.save(out, kind, save_all=True, comment=b"")
        return out.getvalue(), image.size
    is_turned = image.getexif().get(_ORIENTATION, 1) != 1
    bare = ImageOps.exif_transpose(image) if is_turned else image
    bare.load()
    profile = bare.info.get("icc_profile")
    bare.info.clear()
    # A JPEG that stands upright keeps its own quality; "keep" asks Pillow for its tables.
    quality: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 93 if is_turned else "keep", "optimize": True},
        "WEBP": {"quality": 90},
        "AVIF": {"quality": 85},
    }
    bare.save(out, kind, exif=b"", icc_profile=profile, **quality.get(kind, {}))
    return out.getvalue(), bare.size
