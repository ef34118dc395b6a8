"""Settings from the environment: each is declared once, read once and refused with a reason."""

import os
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ


class Refused(Exception):
    """A setting's value cannot be used. The message names it, the problem and an example."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one setting once it was read."""

    name: str
    value: Any
    default: str
    example: str
    help: str
    is_secret: bool
    is_set: bool


class Env:
    """Reads settings, and remembers them for `broadsheet config` and for the docs' test.

    A value may also stand in a file that NAME_FILE names, as container platforms hand out secrets.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = environ.FileAwareEnv()
        self._variables.ENVIRON = environ.fileaware_mapping.FileAwareMapping(env=dict(variables))
        self._settings: dict[str, Setting] = {}

    @classmethod
    def of_process(cls, dotenv: Path) -> "Env":
        """Return the process's environment, completed by the file `dotenv` where there is one."""
        if dotenv.is_file():
            environ.Env.read_env(dotenv)
        return cls(os.environ)

    def __iter__(self) -> Iterator[Setting]:
        return iter(self._settings.values())

    def read[T](
        self,
        name: str,
        parse: Callable[[str], T],
        *,
        default: str,
        example: str,
        help: str,  # noqa: A002 - the word that every command line uses
        is_secret: bool = False,
    ) -> T:
        """Return the setting `name`, or its default, as `parse` reads it.

        `parse` raises ValueError with what is wrong, which becomes `Refused` with the name.
        """
        try:
            text = self._variables.str(name, default="").strip()
        except (OSError, environ.ImproperlyConfigured) as error:
            raise Refused(f"{name}_FILE names a file that cannot be read: {error}.") from error
        is_set = text != ""
        try:
            value = parse(text if is_set else default)
        except ValueError as error:
            shown = "its value" if is_secret else repr(text)
            raise Refused(f"{name}: {shown} {error}. For example: {name}={example}") from error
        self._settings[name] = Setting(name, value, default, example, help, is_secret, is_set)
        return value


def text(value: str) -> str:
    """Take any text."""
    return value


def boolean(value: str) -> bool:
    """Take yes or no in one of the usual spellings."""
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if value.lower() not in words:
        raise ValueError("is neither yes nor no")
    return words[value.lower()]


def integer(low: int, high: int) -> Callable[[str], int]:
    """Take a whole number from `low` to `high`."""

    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError("is not a whole number") from None
        if not low <= number <= high:
            raise ValueError(f"is not between {low} and {high}")
        return number

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """Take one of `words`, in any case, as it is spelt there."""

    def parse(value: str) -> str:
        for word in words:
            if word.lower() == value.lower():
                return word
        raise ValueError(f"is none of {', '.join(words)}")

    return parse


def names(value: str) -> list[str]:
    """Take names with commas between them."""
    return [name.strip() for name in value.split(",") if name.strip()]


def address(*schemes: str) -> Callable[[str], str]:
    """Take an address with one of `schemes`, or nothing."""

    def parse(value: str) -> str:
        if value and urlsplit(value).scheme not in schemes:
            raise ValueError(f"does not begin with {' or '.join(s + '://' for s in schemes)}")
        return value.rstrip("/")

    return parse


def site_address(value: str) -> str:
    """Take the address of a site: http or https, a host, and nothing behind it."""
    parts = urlsplit(value.rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an address that begins with http:// or https://")
    if parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError("has something behind the host")
    _ = parts.port  # raises ValueError when it is out of range
    return value.rstrip("/")


def time_zone(value: str) -> str:
    """Take the name of a time zone in the IANA database."""
    if value not in zoneinfo.available_timezones():
        raise ValueError("is not the name of a time zone")
    return value
