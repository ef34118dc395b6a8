"""Language tags (BCP 47): validation, text direction and interface languages."""

import re
from typing import Literal

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_RTL_LANGUAGES = frozenset("ar arc ckb dv fa he iw ji ks ps sd syr ug ur yi".split())
_RTL_SCRIPTS = frozenset("adlm arab hebr mand nkoo rohg samr syrc thaa".split())


#: Languages of the public pages: the folders in `locale/`, and English.
INTERFACE_LANGUAGES = ("en", "de", "es", "fr")


def interface_language(tag: str) -> str:
    """Return the interface language of a site with the language `tag`."""
    primary = tag.partition("-")[0].lower()
    return primary if primary in INTERFACE_LANGUAGES else "en"


def page_language(site: str, interface: str) -> str:
    """Return a page's language tag: the site's, if the interface has the same language."""
    return site if site.partition("-")[0].lower() == interface else interface


def tag_or_empty(tag: str) -> str:
    """Return `tag` if it is well-formed, otherwise an empty string."""
    return tag if _TAG.fullmatch(tag) else ""


def text_direction(tag: str) -> Literal["ltr", "rtl"]:
    """Return the text direction of a language; a script in the tag takes precedence."""
    language, *rest = tag.lower().split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]  # noqa: PLR2004
    is_rtl = scripts[0] in _RTL_SCRIPTS if scripts else language in _RTL_LANGUAGES
    return "rtl" if is_rtl else "ltr"
