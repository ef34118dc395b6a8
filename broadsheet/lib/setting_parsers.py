"""Parsers of settings: each parses the text of a value, or raises ValueError with the problem."""

import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from email import policy
from email.errors import HeaderParseError, ObsoleteHeaderDefect
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf.global_settings import LANGUAGES

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


def text(value: str) -> str:
    """Parse any text."""
    return value


def folder(value: str) -> Path:
    """Parse the path of a folder; a relative one is relative to the current folder."""
    return Path(value).absolute()


def boolean(value: str) -> bool:
    """Parse yes or no in one of the usual spellings."""
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if value.lower() not in words:
        raise ValueError("must be yes or no")
    return words[value.lower()]


def integer(low: int, high: int) -> Callable[[str], int]:
    """Parse an integer from `low` to `high`."""

    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError("must be a whole number") from None
        if not low <= number <= high:
            raise ValueError(f"must be between {low} and {high}")
        return number

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """Parse one of `words`, case-insensitively; return it as spelt there."""

    def parse(value: str) -> str:
        for word in words:
            if word.lower() == value.lower():
                return word
        raise ValueError(f"must be one of {', '.join(word for word in words if word)}")

    return parse


def names(value: str) -> list[str]:
    """Parse a comma-separated list of names."""
    return [name.strip() for name in value.split(",") if name.strip()]


def age_recipients(value: str) -> list[str]:
    """Parse a comma-separated list of public keys for age."""
    keys = names(value)
    if any(not key.startswith(("age1", "ssh-ed25519 ", "ssh-rsa ")) for key in keys):
        raise ValueError("has a key that does not start with age1, ssh-ed25519 or ssh-rsa")
    return keys


def time_of_day(value: str) -> str:
    """Parse an hour and a minute, such as 03:20."""
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
        raise ValueError("is not a time of day")
    return value


def time_of_day_or_never(value: str) -> str:
    """Parse an hour and a minute, such as 03:20, or `never`."""
    return "never" if value.lower() == "never" else time_of_day(value)


def numbers(count: int) -> Callable[[str], list[str]]:
    """Parse a comma-separated list of `count` integers from 0 to 1000."""

    def parse(value: str) -> list[str]:
        parts = names(value)
        if len(parts) != count:
            raise ValueError(f"must be {count} comma-separated numbers")
        return [str(integer(0, 1_000)(part)) for part in parts]

    return parse


def folder_or_s3_url(value: str) -> str:
    """Parse a folder, or a bucket as s3://BUCKET/PREFIX."""
    if "://" in value:
        _check_url(value, ("s3",))
    return value


def url(*schemes: str) -> Callable[[str], str]:
    """Parse a URL with one of `schemes`, or an empty string."""

    def parse(value: str) -> str:
        if value:
            _check_url(value, schemes)
        return value

    return parse


def _check_url(value: str, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(value)
        for host in parts.netloc.rpartition("@")[2].split(","):  # PostgreSQL may have several
            _ = urlsplit(f"//{host}").port
    except ValueError:
        raise ValueError("has an invalid host or port") from None
    if parts.scheme not in schemes:
        raise ValueError(f"must start with {' or '.join(s + '://' for s in schemes)}")
    if not (parts.hostname or parts.path.strip("/") or parts.query):
        raise ValueError("has no host or path")


def network_address(value: str) -> str:
    """Parse HOST:PORT, or an empty string."""
    host, _, port = value.rpartition(":")
    if value and not (host and port.isdecimal() and 0 < int(port) < 65_536):  # noqa: PLR2004 - TCP's
        raise ValueError("must have the form HOST:PORT")
    return value


def mailbox(value: str) -> str:
    """Parse one e-mail address, alone or as `Name <address>` (RFC 5322, 3.4)."""
    try:
        header: Any = policy.default.header_factory("From", value)
        groups = header.groups
    except (ValueError, IndexError, HeaderParseError):
        raise ValueError("is not an e-mail address") from None
    if len(groups) > 1 or any(group.display_name for group in groups):
        raise ValueError("must be one e-mail address; put a name that contains , or : in quotes")
    defects = [one for one in header.defects if not isinstance(one, ObsoleteHeaderDefect)]
    addresses = header.addresses
    if defects or not (addresses and addresses[0].username and addresses[0].domain):
        raise ValueError("is not an e-mail address")
    return value


def mail_domain(host: str) -> str:
    """Return `host` as the domain of an e-mail address; IP addresses are put in brackets."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{number}]" if number.version == 6 else f"[{number}]"  # noqa: PLR2004 - IP's


def site_url(value: str) -> str:
    """Parse the URL of a site: http or https, and a host without a path."""
    try:
        parts = urlsplit(value.rstrip("/"))
        _ = parts.port
    except ValueError:
        raise ValueError("is not a URL: its host or port is invalid") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a URL that starts with http:// or https://")
    if parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError("must end after the host and port, without user, path or query")
    if not _HOST.fullmatch(parts.hostname):
        raise ValueError("has an invalid host; write an internationalized name in its xn-- form")
    return value.rstrip("/")


def language(value: str) -> str:
    """Parse the tag of a language that Django supports, such as `en` or `pt-br`, in any case."""
    if value.lower() not in dict(LANGUAGES):
        raise ValueError("is not a language that Django has translations for")
    return value.lower()


def local_url(host: str, port: int) -> str:
    """Return the URL at which this machine reaches a server that listens on `host` and `port`."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - every address of the machine
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def time_zone(value: str) -> str:
    """Parse the name of a time zone in the IANA database."""
    if value not in zoneinfo.available_timezones():
        raise ValueError("is not the name of a time zone")
    return value
