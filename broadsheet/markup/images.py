"""Images: their alignment, captions, sizes and when they load."""

import re
from collections.abc import Callable
from html import unescape

from broadsheet.lib.pictures import FORMATS, Picture

SIZES = "(min-width: 46rem) 42rem, 100vw"

_IMAGE = re.compile(
    r'(<p>)?(<a href="[^"]*"(?: (?:rel|title)="[^"]*")*>)?<img((?: [a-z-]+="[^"]*")*)>'
    r"(?(2)(</a>)|())(</p>)?"
)
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_KEPT = ("src", "alt", "title", "class")
_ALIGN = re.compile(r"align=(?:\"|&quot;)(left|right|center)")


def improve(html: str, split_address: Callable[[str], tuple[str, str]]) -> str:
    """Return `html` with images that load late, as a figure where one stands alone."""
    if "<img" not in html:
        return html

    def replace(match: re.Match[str]) -> str:
        before, link, attributes, *_, after = match.groups()
        image = dict(_ATTRIBUTE.findall(attributes))
        image["src"], extra = split_address(image.get("src", ""))
        place = _place(image.get("class", ""), extra)
        title = image.pop("title", "") if before and after else ""
        inner = f"{link or ''}{_image(image)}{'</a>' if link else ''}"
        if not (before and after):
            return f"{before or ''}{inner}{after or ''}"
        caption = f"<figcaption>{title}</figcaption>" if title else ""
        return f'<figure class="image{place}">{inner}{caption}</figure>'

    return _IMAGE.sub(replace, html)


def _place(classes: str, extra: str) -> str:
    if align := _ALIGN.search(extra):
        return f" is-{align[1]}"
    return f" {classes}" if classes.startswith("is-") else ""


def _image(image: dict[str, str]) -> str:
    """Return the element of an image: ours with variants and size, others without a referrer."""
    shown: dict[str, str] = {key: image[key] for key in _KEPT if key in image}
    shown.setdefault("alt", "")
    picture = Picture.parse(unescape(image["src"]))
    if picture is None:
        shown |= {k: image[k] for k in ("width", "height") if image.get(k, "").isdecimal()}
        return _element(
            shown | {"loading": "lazy", "decoding": "async", "referrerpolicy": "no-referrer"}
        )
    shown |= {"width": str(picture.width), "height": str(picture.height)}
    element = _element(shown | {"loading": "lazy", "decoding": "async"})
    if not picture.is_varied:
        return element
    sources = "".join(
        f'<source type="image/{kind}" srcset="{picture.srcset(kind)}" sizes="{SIZES}">'
        for kind in FORMATS
    )
    return f"<picture>{sources}{element}</picture>"


def _element(attributes: dict[str, str]) -> str:
    return "<img" + "".join(f' {key}="{value}"' for key, value in attributes.items()) + ">"
