"""Language tags (BCP 47): whether one is well formed, and which way its script runs."""

import re
from typing import Literal

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_RTL_LANGUAGES = frozenset("ar arc ckb dv fa he iw ji ks ps sd syr ug ur yi".split())
_RTL_SCRIPTS = frozenset("adlm arab hebr mand nkoo rohg samr syrc thaa".split())


def known(tag: str) -> str:
    """Return `tag` where it is well formed; otherwise nothing."""
    return tag if _TAG.fullmatch(tag) else ""


def direction(tag: str) -> Literal["ltr", "rtl"]:
    """Return which way text in that language runs; a script in the tag decides."""
    language, *rest = tag.lower().split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]  # noqa: PLR2004
    is_rtl = scripts[0] in _RTL_SCRIPTS if scripts else language in _RTL_LANGUAGES
    return "rtl" if is_rtl else "ltr"
