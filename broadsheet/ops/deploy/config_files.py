"""The files that a machine needs to run this site, made from the settings in force."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from broadsheet.lib.env import Refused
from broadsheet.ops.deploy import nginx
from broadsheet.ops.deploy.cli import ENV

UNITS = ("broadsheet.socket", "broadsheet.service", "broadsheet-worker.service")
_SYSTEMD = Path("/etc/systemd/system")
WRAPPER = Path("/usr/local/bin/broadsheet")
NGINX = Path("/etc/nginx/conf.d/broadsheet.conf")
LOGS = Path("/var/log/broadsheet")
#: What services have of their own: where they listen is the socket's business, and that the
#: settings come from a file is the unit's.
_OWN = {"BROADSHEET_WORKER", "HOST", "PORT"}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it shall be; `mode` as in chmod(2).

    `group` is another one than root's; a file that `is_theirs` is written once, for people to edit.
    """

    path: Path
    text: str
    mode: int = 0o644
    group: str = ""
    is_theirs: bool = False


def check() -> None:
    """Raise Refused where the settings do not fit a site for the public."""
    if not settings.HTTPS:
        raise Refused(
            f"BROADSHEET_URL: {settings.SITE_URL!r} is no address for the public. "
            "For example: BROADSHEET_URL=https://example.org"
        )
    if not settings.PROXIES:
        raise Refused(
            "BROADSHEET_PROXIES: '0' does not count nginx, so nobody's address would be known. "
            "For example: BROADSHEET_PROXIES=1"
        )


def wanted(user: str) -> Iterator[File]:
    """Yield the files for a site that runs as `user`, but for nginx's."""
    context = _context(user)
    yield File(ENV, _text("broadsheet.env", context), 0o640, user, is_theirs=True)
    yield File(WRAPPER, _text("wrapper", context), 0o755)
    for name in UNITS:
        yield File(_SYSTEMD / name, _text(name, context))
    yield File(Path("/etc/logrotate.d/broadsheet"), _text("logrotate", context))


def site(certificate: str, key: str, *, has_certificate: bool) -> File:
    """Return nginx's file, made from the site's own answers."""
    text = nginx.configuration(certificate, key, LOGS, has_certificate=has_certificate)
    return File(NGINX, text)


def elsewhere() -> Iterator[Path]:
    """Yield the folders beside the data folder that are written to."""
    for target in (settings.BACKUP_TARGET, settings.REPLICA_URL):
        if target and not target.startswith("s3://"):
            path = Path(target).absolute()
            if not path.is_relative_to(settings.DATA):
                yield path


def _context(user: str) -> dict[str, Any]:
    command = Path(sys.prefix) / "bin" / "broadsheet"
    return {
        "site": settings.SITE_URL,
        "listen": nginx.backend(),
        "user": user,
        "env": ENV,
        "logs": LOGS,
        "command": command,
        "data": settings.DATA,
        "elsewhere": [*elsewhere()],
        "docs": settings.PACKAGE.parent / "docs" / "deploying.md",
        # A program below /home or /root could not be read else.
        "home": "read-only" if command.parts[1] in {"home", "root"} else "yes",
        "variables": [*_variables()],
    }


def _variables() -> Iterator[tuple[str, str]]:
    yield "BROADSHEET_DATA", _quoted(str(settings.DATA))
    for name, given in settings.ENV.given():
        if name not in {*_OWN, "BROADSHEET_DATA"}:
            yield name, _quoted(given)
    yield "BROADSHEET_WORKER", _quoted("no")


def _quoted(text: str) -> str:
    """Return `text` as systemd reads it in an environment file."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(name: str, context: dict[str, Any]) -> str:
    return render_to_string(f"ops/deploy/{name}", context).strip() + "\n"
