"""`broadsheet config`: print the current settings, with secrets masked."""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from broadsheet.lib.env import Setting

MASK = "****"
_SECRET = re.compile(r"(?i)((?:pass|pwd|secret|key|token)[^=&]{0,100}+=)[^&]*")


class Command(BaseCommand):
    help = "Print every setting with its value, secrets masked, and the source of the value."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        rows = [(setting.name, masked_value(setting), setting.source) for setting in settings.ENV]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for name, value, source in rows:
            self.stdout.write(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")


def masked_value(setting: Setting) -> str:
    """Return the setting's value as text; of a secret URL, only where it points."""
    value = setting.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    is_hidden = setting.is_secret and setting.is_set
    if "://" in setting.example:  # the value of a secret that is no URL may still look like one
        return mask_url(str(value), is_user_secret=is_hidden) or "-"
    if is_hidden:
        return MASK
    return (",".join(map(str, value)) if isinstance(value, list) else str(value)) or "-"


def mask_url(url: str, *, is_user_secret: bool = False) -> str:
    """Return `url` with its password and secrets in its query masked.

    With `is_user_secret` also its user name: some services take a key there.
    """
    parts = urlsplit(url)
    credentials, at, host = parts.netloc.rpartition("@")
    name, colon, _ = credentials.partition(":")
    credentials = (
        MASK if credentials and is_user_secret else f"{name}{colon}{MASK if colon else ''}"
    )
    query = _SECRET.sub(rf"\1{MASK}", parts.query)
    return urlunsplit(parts._replace(netloc=f"{credentials}{at}{host}", query=query))
