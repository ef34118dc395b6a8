"""Colour profiles (ICC.1) of images that are converted to RGB."""

import io

from PIL import Image, ImageCms

_GREY_MODES = frozenset({"1", "L", "LA", "I;16"})
type Profiled = tuple[Image.Image, bytes | None]
_MAX_BYTES = 4_000_000  # the largest printer profiles have about half


def in_rgb(picture: Image.Image, profile: bytes | None, source_mode: str) -> Profiled:
    """Return `picture`, converted from an image of `source_mode`, in RGB or RGBA, and its profile.

    A CMYK or grey profile is used to convert to sRGB and then dropped, as is an unreadable one. An
    RGB profile stays.
    """
    opened, space = _opened(profile) if profile and len(profile) <= _MAX_BYTES else (None, "")
    if space == "RGB" and picture.mode != "CMYK":
        return picture, profile
    if opened and space == "CMYK" == picture.mode:
        return _converted(picture, opened), None
    if opened and space == "GRAY" and source_mode in _GREY_MODES:
        colours = _converted(picture.convert("L"), opened)
        if picture.mode == "RGBA":
            colours.putalpha(picture.getchannel("A"))
        return colours, None
    return picture.convert("RGB") if picture.mode == "CMYK" else picture, None


def _opened(profile: bytes) -> tuple[ImageCms.ImageCmsProfile | None, str]:
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return opened, opened.profile.xcolor_space.strip()
    except (OSError, ImageCms.PyCMSError):
        return None, ""


def _converted(picture: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    try:
        converted = ImageCms.profileToProfile(
            picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except ImageCms.PyCMSError:
        converted = None
    return converted or picture.convert("RGB")
