"""Configuration files for a machine that runs this site, rendered from the settings."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from broadsheet.lib.env import StartupError
from broadsheet.ops.deploy import nginx
from broadsheet.ops.deploy.cli import ENV

UNITS = ("broadsheet.socket", "broadsheet.service", "broadsheet-worker.service")
_SYSTEMD = Path("/etc/systemd/system")
WRAPPER = Path("/usr/local/bin/broadsheet")
NGINX = Path("/etc/nginx/conf.d/broadsheet.conf")
LOGS = Path("/var/log/broadsheet")
#: Settings that the units define themselves, not the environment file.
_UNIT_SETTINGS = {"BROADSHEET_WORKER", "HOST", "PORT"}


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file with its content and its permissions; `mode` as in chmod(2).

    `group` is set if it is not root's. A file that `is_user_owned` is written only once; the
    operator edits it.
    """

    path: Path
    text: str
    mode: int = 0o644
    group: str = ""
    is_user_owned: bool = False


def check() -> None:
    """Raise StartupError if the settings do not suit a public site."""
    if not settings.HTTPS:
        raise StartupError(
            f"BROADSHEET_URL: {settings.SITE_URL!r} is not a public URL. For example: "
            "BROADSHEET_URL=https://example.org"
        )
    if not settings.PROXIES:
        raise StartupError(
            "BROADSHEET_PROXIES: must be at least 1: nginx is a proxy, otherwise client IPs are "
            "unknown. For example: BROADSHEET_PROXIES=1"
        )


def system_files(user: str) -> Iterator[ConfigFile]:
    """Yield all files except nginx's, for a site that runs as `user`."""
    context = _context(user)
    yield ConfigFile(ENV, _render("broadsheet.env", context), 0o640, user, is_user_owned=True)
    yield ConfigFile(WRAPPER, _render("wrapper", context), 0o755)
    for name in UNITS:
        yield ConfigFile(_SYSTEMD / name, _render(name, context))
    yield ConfigFile(Path("/etc/logrotate.d/broadsheet"), _render("logrotate", context))


def nginx_file(certificate: str, key: str, *, has_certificate: bool) -> ConfigFile:
    """Return nginx's configuration file, rendered from the site's own responses."""
    text = nginx.configuration(certificate, key, LOGS, has_certificate=has_certificate)
    return ConfigFile(NGINX, text)


def external_folders() -> Iterator[Path]:
    """Yield the folders outside the data folder that the site writes to."""
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
        "elsewhere": [*external_folders()],
        "docs": settings.PACKAGE.parent / "docs" / "deploying.md",
        # Otherwise a program below /home or /root would not be readable.
        "home": "read-only" if command.parts[1] in {"home", "root"} else "yes",
        "variables": [*_variables()],
    }


def _variables() -> Iterator[tuple[str, str]]:
    yield "BROADSHEET_DATA", _quoted(str(settings.DATA))
    for name, value in settings.ENV.explicit():
        if name not in {*_UNIT_SETTINGS, "BROADSHEET_DATA"}:
            yield name, _quoted(value)
    yield "BROADSHEET_WORKER", _quoted("no")


def _quoted(text: str) -> str:
    """Return `text` quoted for a systemd environment file."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _render(name: str, context: dict[str, Any]) -> str:
    return render_to_string(f"ops/deploy/{name}", context).strip() + "\n"
