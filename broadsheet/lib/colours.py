"""Colours: contrast (WCAG 2.2), and a legible accent colour on light and dark backgrounds."""

import colorsys
from functools import lru_cache

PAPER = "#fbfaf7"
DARK_PAPER = "#161513"
READABLE = 4.5  # WCAG 2.2, 1.4.3: minimum contrast of text
_STEPS = 200


def contrast(one: str, other: str) -> float:
    """Return the contrast of two `#rrggbb` colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=64)
def legible(colour: str, paper: str, least: float = READABLE) -> str:
    """Return `colour`, with the nearest lightness that has the contrast `least` on `paper`."""
    if contrast(colour, paper) >= least:
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    end = 0.0 if _luminance(paper) > 0.5 else 1.0  # noqa: PLR2004 - the middle
    for step in range(1, _STEPS):
        moved = lightness + (end - lightness) * step / _STEPS
        candidate = _hex(colorsys.hls_to_rgb(hue, moved, saturation))
        if contrast(candidate, paper) >= least:
            return candidate
    return "#000000" if end == 0 else "#ffffff"


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
        for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
