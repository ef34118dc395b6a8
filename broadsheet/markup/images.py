"""Images: their alignment, captions, sizes and when they load."""

import re
from collections.abc import Callable
from html import unescape

from broadsheet.lib.image_variants import TONES, ImageVariants

SIZES = "(min-width: 64rem) 42rem, (min-width: 40rem) 34rem, 100vw"  # as the style sheet has it

_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_ALONE = re.compile(
    r"<p>((?:<a [^<>]*>)?(?:<picture>(?:<source [^<>]*>)*)?<img)([^<>]*)"
    r"(>(?:</picture>)?(?:</a>)?)</p>"
)
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_KEPT = ("src", "alt", "title", "class")
_ALIGN = re.compile(r"align=(?:\"|&quot;)(left|right|center)")


def improve(html: str, split_address: Callable[[str], tuple[str, str]]) -> str:
    """Return `html` with images that load late, as a figure where one stands alone."""
    if "<img" not in html:
        return html

    def replace(match: re.Match[str]) -> str:
        image = dict(_ATTRIBUTE.findall(match[1]))
        image["src"], extra = split_address(image.get("src", ""))
        if align := _ALIGN.search(extra):
            image["class"] = f"is-{align[1]}"
        return _image(image)

    return _ALONE.sub(_figure, _IMAGE.sub(replace, html))


def _figure(match: re.Match[str]) -> str:
    """Return an image that stands alone in its paragraph as a figure, its title as caption."""
    before, attributes, after = match.groups()
    image = dict(_ATTRIBUTE.findall(attributes))
    classes = image.pop("class", "").split()
    place = "".join(f" {name}" for name in classes if name.startswith("is-"))
    if toned := [name for name in classes if name in TONES]:
        image["class"] = " ".join(toned)
    title = image.pop("title", "")
    caption = f"<figcaption>{title}</figcaption>" if title else ""
    return f'<figure class="image{place}">{before}{_spell(image)}{after}{caption}</figure>'


def _image(image: dict[str, str]) -> str:
    """Return the element of an image: ours with variants and size, others without a referrer."""
    shown: dict[str, str] = {key: image[key] for key in _KEPT if key in image}
    shown.setdefault("alt", "")
    picture = ImageVariants.parse(unescape(image["src"]))
    if picture is None:
        shown |= {k: image[k] for k in ("width", "height") if image.get(k, "").isdecimal()}
        return _element(
            shown | {"loading": "lazy", "decoding": "async", "referrerpolicy": "no-referrer"}
        )
    shown |= {"width": str(picture.width), "height": str(picture.height)}
    if picture.tone:
        shown["class"] = f"{shown.get('class', '')} {picture.classes}".strip()
    element = _element(shown | {"loading": "lazy", "decoding": "async"})
    sources = "".join(
        f'<source type="image/{kind}" srcset="{srcset}" sizes="{SIZES}">'
        for kind, srcset in picture.sources
    )
    return f"<picture>{sources}{element}</picture>" if sources else element


def _element(attributes: dict[str, str]) -> str:
    return f"<img{_spell(attributes)}>"


def _spell(attributes: dict[str, str]) -> str:
    return "".join(f' {key}="{value}"' for key, value in attributes.items())
