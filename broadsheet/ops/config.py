"""Settings as they may be shown: without what is secret in them."""

import re
from urllib.parse import urlsplit, urlunsplit

from broadsheet.lib.env import Setting

MASK = "****"
_SECRET = re.compile(r"(?i)((?:pass|pwd|secret|key|token)[^=&]*=)[^&]*")


def shown(setting: Setting) -> str:
    """Return the setting's value as text; of a secret, no more than how one connects."""
    value = setting.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not (setting.is_secret and setting.is_set):
        return ",".join(map(str, value)) or "-"
    if "://" in str(value):
        return without_secrets(str(value))
    return MASK if setting.is_secret and setting.is_set else str(value) or "-"


def without_secrets(address: str) -> str:
    """Return `address` with its password, and whatever in its query sounds like one, masked."""
    parts = urlsplit(address)
    who, at, where = parts.netloc.rpartition("@")
    name, colon, _ = who.partition(":")
    netloc = f"{name}{colon}{MASK if colon else ''}{at}{where}"
    return urlunsplit(parts._replace(netloc=netloc, query=_SECRET.sub(rf"\1{MASK}", parts.query)))
