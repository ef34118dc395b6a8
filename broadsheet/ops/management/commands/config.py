"""`broadsheet config`: print the current settings, with secrets masked."""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from broadsheet import conf
from broadsheet.lib.env import Setting, SettingValue

MASK = "****"
_SECRET = re.compile(r"(?i)((?:pass|pwd|secret|key|token)[^=&]{0,100}+=)[^&]*")


class Command(BaseCommand):
    help = "Print every setting with its value, secrets masked, and the source of the value."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--markdown", action="store_true", help="print the tables of docs/settings.md instead"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["markdown"]:
            self.stdout.write(markdown_tables())
            return
        rows = [(value.setting.name, masked_value(value), value.source) for value in settings.ENV]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for name, value, source in rows:
            self.stdout.write(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}")


def markdown_tables() -> str:
    """Return a heading and a table for each topic, as in docs/settings.md."""
    head = "| setting | default | example | description |\n| --- | --- | --- | --- |\n"
    return "\n".join(
        f"## {topic}\n\n{head}{''.join(map(_markdown_row, declarations))}"
        for topic, declarations in conf.TOPICS.items()
    )


def _markdown_row(setting: Setting[Any]) -> str:
    default = setting.default if isinstance(setting.default, str) else ""
    default = f"`{default}` " if default else ""
    return f"| `{setting.name}` | {default}| `{setting.example}` | {setting.help} |\n"


def masked_value(setting_value: SettingValue) -> str:
    """Return the setting's value as text; of a secret URL, only where it points."""
    setting, value = setting_value.setting, setting_value.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    is_hidden = setting.is_secret and setting_value.is_set
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
