"""Language tags (BCP 47): whether one is well formed, and which way its script runs."""

import re
from typing import Literal

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_RTL_LANGUAGES = frozenset("ar arc ckb dv fa he iw ji ks ps sd syr ug ur yi".split())
_RTL_SCRIPTS = frozenset("adlm arab hebr mand nkoo rohg samr syrc thaa".split())


#: The languages that the public pages are translated into: the folders in `locale/`, and English.
INTERFACE = ("en", "de", "es", "fr")


def interface(tag: str) -> str:
    """Return the language of the interface on a site in the language of `tag`."""
    primary = tag.partition("-")[0].lower()
    return primary if primary in INTERFACE else "en"


def of_page(site: str, interface: str) -> str:
    """Return what a page says of its language: the site's tag, where the interface has it too."""
    return site if site.partition("-")[0].lower() == interface else interface


def known(tag: str) -> str:
    """Return `tag` where it is well formed; otherwise nothing."""
    return tag if _TAG.fullmatch(tag) else ""


def direction(tag: str) -> Literal["ltr", "rtl"]:
    """Return which way text in that language runs; a script in the tag decides."""
    language, *rest = tag.lower().split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]  # noqa: PLR2004
    is_rtl = scripts[0] in _RTL_SCRIPTS if scripts else language in _RTL_LANGUAGES
    return "rtl" if is_rtl else "ltr"
