"""Paths and sizes of image variants: an image's URL contains everything a page needs."""

import re
from dataclasses import dataclass
from typing import Self

WIDTHS = (480, 960, 1600)
FORMATS = ("avif", "webp")
_PIXELS_OF_VARIANT = 6_000_000  # more take too long to encode
_TALLEST_VARIANT = 16_383  # WebP's limit (RFC 9649)
TONES = frozenset({"tone", *(f"{channel}-{level:x}" for channel in "rgb" for level in range(16))})
_NAME = re.compile(
    r"(?P<folder>.*/[0-9a-f]{2}/[0-9a-f]{64}/)(?P<width>[1-9]\d{0,5})x(?P<height>[1-9]\d{0,5})"
    r"(?:-(?P<tone>[0-9a-f]{3}))?\.(?P<extension>jpg|png|gif|webp|avif)"
)


def variant_widths(width: int) -> tuple[int, ...]:
    """Return the widths in pixels of the variants of an image of `width`, none larger."""
    return (*(w for w in WIDTHS if w < width), *((width,) if width <= WIDTHS[-1] else ()))


def original_name(digest: str, width: int, height: int, extension: str, tone: str = "") -> str:
    """Return the storage name of an image. `digest` is the SHA-256 of its bytes in hex.

    `tone` is its mean colour in three hex digits; empty if no placeholder colour fits.
    """
    mean = f"-{tone}" if tone else ""
    return f"{digest[:2]}/{digest}/{width}x{height}{mean}.{extension}"


@dataclass(frozen=True, slots=True)
class ImageVariants:
    """An image of this site, parsed from its URL, and its variants."""

    folder: str
    width: int
    height: int
    extension: str
    tone: str = ""

    @classmethod
    def parse(cls, url: str) -> Self | None:
        """Parse an image's URL or storage name; None if it is no image of this site."""
        match = _NAME.fullmatch(url)
        if match is None:
            return None
        width, height = int(match["width"]), int(match["height"])
        return cls(match["folder"], width, height, match["extension"], match["tone"] or "")

    @property
    def classes(self) -> str:
        """CSS classes of the placeholder colour until the image has loaded; can be empty.

        An inline style would need a Content-Security-Policy that allows any inline style.
        """
        return "tone r-{} g-{} b-{}".format(*self.tone) if self.tone else ""

    @property
    def has_variants(self) -> bool:
        """Whether the image has variants: animations and very tall images have none."""
        width = variant_widths(self.width)[-1]
        height = self.height * width // self.width
        is_small = width * height <= _PIXELS_OF_VARIANT and height < _TALLEST_VARIANT
        return self.extension != "gif" and is_small

    def variant(self, width: int, kind: str) -> str:
        """Return the URL of the variant of `width` pixels in the format `kind`."""
        return f"{self.folder}{width}.{kind}"

    def srcset(self, kind: str) -> str:
        """Return the `srcset` of the variants in the format `kind`."""
        return ", ".join(f"{self.variant(w, kind)} {w}w" for w in variant_widths(self.width))

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Formats with their `srcset`, smallest first; empty without variants."""
        return tuple((kind, self.srcset(kind)) for kind in FORMATS) if self.has_variants else ()
