"""Images: alignment, captions, sizes and lazy loading."""

import re
from collections.abc import Callable
from html import unescape

from broadsheet.lib.image_variants import TONES, ImageVariants

_SIZES = "(min-width: 64rem) 42rem, (min-width: 40rem) 34rem, 100vw"  # as in the style sheet

_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_ALONE = re.compile(
    r"<p>((?:<a [^<>]*>)?(?:<picture>(?:<source [^<>]*>)*)?<img)([^<>]*)"
    r"(>(?:</picture>)?(?:</a>)?)</p>"
)
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_ALLOWED = ("src", "alt", "title", "class")
_ALIGN = re.compile(r"align=(?:\"|&quot;)(left|right|center)")


def render_images(html: str, split_url: Callable[[str], tuple[str, str]]) -> str:
    """Return `html` with lazy images; an image alone in its paragraph becomes a figure.

    `split_url` separates an image's URL from Hashnode's attributes after it.
    """
    if "<img" not in html:
        return html

    def replace(match: re.Match[str]) -> str:
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        attributes["src"], extra = split_url(attributes.get("src", ""))
        if align := _ALIGN.search(extra):
            attributes["class"] = f"is-{align[1]}"
        return _image(attributes)

    return _ALONE.sub(_figure, _IMAGE.sub(replace, html))


def _figure(match: re.Match[str]) -> str:
    """Return a figure for an image alone in its paragraph, with its title as the caption."""
    before, source, after = match.groups()
    attributes = dict(_ATTRIBUTE.findall(source))
    classes = attributes.pop("class", "").split()
    alignment = "".join(f" {name}" for name in classes if name.startswith("is-"))
    if tones := [name for name in classes if name in TONES]:
        attributes["class"] = " ".join(tones)
    title = attributes.pop("title", "")
    caption = f"<figcaption>{title}</figcaption>" if title else ""
    image = f"{before}{_serialize(attributes)}{after}"
    return f'<figure class="image{alignment}">{image}{caption}</figure>'


def _image(source: dict[str, str]) -> str:
    """Return the element of an image: with variants if it is ours, else without a referrer."""
    attributes = {name: source[name] for name in _ALLOWED if name in source}
    attributes.setdefault("alt", "")
    variants = ImageVariants.parse(unescape(source["src"]))
    if variants is None:
        sizes = ("width", "height")
        attributes |= {name: source[name] for name in sizes if source.get(name, "").isdecimal()}
        return _element(
            attributes | {"loading": "lazy", "decoding": "async", "referrerpolicy": "no-referrer"}
        )
    attributes |= {"width": str(variants.width), "height": str(variants.height)}
    if variants.tone:
        attributes["class"] = f"{attributes.get('class', '')} {variants.classes}".strip()
    element = _element(attributes | {"loading": "lazy", "decoding": "async"})
    sources = "".join(
        f'<source type="image/{kind}" srcset="{srcset}" sizes="{_SIZES}">'
        for kind, srcset in variants.sources
    )
    return f"<picture>{sources}{element}</picture>" if sources else element


def _element(attributes: dict[str, str]) -> str:
    return f"<img{_serialize(attributes)}>"


def _serialize(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in attributes.items())
