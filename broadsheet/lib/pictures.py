"""Where an image and its variants stand: everything a page needs is in the address."""

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
    """Return the widths in pixels in which an image of `width` is also kept, none larger."""
    return (*(w for w in WIDTHS if w < width), *((width,) if width <= WIDTHS[-1] else ()))


def original_name(digest: str, width: int, height: int, extension: str, tone: str = "") -> str:
    """Return the name in storage of an image, from the SHA-256 of its bytes in hex.

    `tone` is its mean colour in three hex digits; empty where none could stand in for it.
    """
    mean = f"-{tone}" if tone else ""
    return f"{digest[:2]}/{digest}/{width}x{height}{mean}.{extension}"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of this site as its address tells it."""

    folder: str
    width: int
    height: int
    extension: str
    tone: str = ""

    @classmethod
    def parse(cls, address: str) -> Self | None:
        """Read an image's address (or name in storage); None when it is no image of this site."""
        match = _NAME.fullmatch(address)
        if match is None:
            return None
        width, height = int(match["width"]), int(match["height"])
        return cls(match["folder"], width, height, match["extension"], match["tone"] or "")

    @property
    def classes(self) -> str:
        """The classes by which the style sheet shows its tone until it has come; may be empty.

        A style of its own would need a Content-Security-Policy that lets any style in.
        """
        return "tone r-{} g-{} b-{}".format(*self.tone) if self.tone else ""

    @property
    def is_varied(self) -> bool:
        """Whether it has variants: animations and very tall images are kept as they are."""
        width = variant_widths(self.width)[-1]
        height = self.height * width // self.width
        is_small = width * height <= _PIXELS_OF_VARIANT and height < _TALLEST_VARIANT
        return self.extension != "gif" and is_small

    def variant(self, width: int, kind: str) -> str:
        """Return the address of the variant of `width` pixels in the format `kind`."""
        return f"{self.folder}{width}.{kind}"

    def srcset(self, kind: str) -> str:
        """Return the `srcset` of the variants in the format `kind`."""
        return ", ".join(f"{self.variant(w, kind)} {w}w" for w in variant_widths(self.width))

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Each format with its `srcset`, the lightest first; none where it has no variants."""
        return tuple((kind, self.srcset(kind)) for kind in FORMATS) if self.is_varied else ()
