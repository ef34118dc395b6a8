"""`broadsheet config`: the settings in force."""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from broadsheet.lib.env import Setting

MASK = "****"
_SECRET = re.compile(r"(?i)((?:pass|pwd|secret|key|token)[^=&]{0,100}+=)[^&]*")


class Command(BaseCommand):
    help = "Print every setting: its value, secrets masked, and where that comes from."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        rows = [(setting.name, shown(setting), setting.source) for setting in settings.ENV]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for name, value, source in rows:
            self.stdout.write(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")


def shown(setting: Setting) -> str:
    """Return the setting's value as text; of a secret, no more than where it leads."""
    value = setting.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    is_hidden = setting.is_secret and setting.is_set
    if "://" in setting.example:  # a secret that is no address may still look like one
        return without_secrets(str(value), is_user_secret=is_hidden) or "-"
    if is_hidden:
        return MASK
    return (",".join(map(str, value)) if isinstance(value, list) else str(value)) or "-"


def without_secrets(address: str, *, is_user_secret: bool = False) -> str:
    """Return `address` with its password, and whatever in its query sounds like one, masked.

    With `is_user_secret` its user too: some services take a key in that place.
    """
    parts = urlsplit(address)
    who, at, where = parts.netloc.rpartition("@")
    name, colon, _ = who.partition(":")
    who = MASK if who and is_user_secret else f"{name}{colon}{MASK if colon else ''}"
    query = _SECRET.sub(rf"\1{MASK}", parts.query)
    return urlunsplit(parts._replace(netloc=f"{who}{at}{where}", query=query))
