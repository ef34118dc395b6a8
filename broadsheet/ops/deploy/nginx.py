"""The configuration of nginx as a reverse proxy for this site."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from broadsheet.conf import server
from broadsheet.lib.env import StartupError
from broadsheet.lib.security_headers import DEFAULT_HEADERS, IMAGE_HEADERS
from broadsheet.pagecache.cdn_headers import is_stored_by_nginx

_NODE = re.compile(r"([\w.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}")
_CERTIFICATES = "/etc/letsencrypt/live"
#: Folder of the ACME HTTP challenge (RFC 8555, 8.3).
ACME = Path("/var/www/letsencrypt")
#: nginx's copies of public pages; nginx creates the folder.
CACHE = Path("/var/cache/nginx-broadsheet")
#: The first nginx with the directive `http2`; from then on it warns of the older parameter.
_HTTP2 = (1, 25, 1)


def configuration(
    certificate: str,
    key: str,
    logs: Path | None = None,
    nodes: Sequence[str] = (),
    cache: Path = CACHE,
    *,
    has_certificate: bool = True,
) -> str:
    """Return the configuration, for a file that nginx includes in its `http` block.

    `logs` is the folder for logs, if not nginx's default; `nodes` are the machines to proxy to, as
    HOST:PORT, if not only this one; `cache` is the folder for copies of public pages.
    Unless `has_certificate`, only port 80 is served, to obtain one. Raises StartupError if the
    settings do not suit a reverse proxy.
    """
    if not settings.PROXIES:
        raise StartupError(
            "BROADSHEET_PROXIES: must be at least 1: nginx is a proxy, otherwise client IPs are "
            "unknown. For example: BROADSHEET_PROXIES=1"
        )
    for node in nodes:
        if not _NODE.fullmatch(node):
            raise StartupError(
                f"--node={node} must have the form HOST:PORT. For example: --node=10.0.0.2:8000"
            )
    extra = {"logs": logs, "nodes": nodes, "cache": quoted(str(cache))}
    context = {**_context(certificate, key), **extra}
    context["is_served"] = has_certificate or not context["has_tls"]
    return render_to_string("ops/nginx.conf", context)


def certificate_file() -> Path:
    """Return the path of the certificate that certbot obtains."""
    return Path(_CERTIFICATES) / str(urlsplit(settings.SITE_URL).hostname) / "fullchain.pem"


def certified_names() -> list[str]:
    """Return the host names of the certificate, the site's own first."""
    names = _names(str(urlsplit(settings.SITE_URL).hostname)).split()
    return [name for name in names if not _is_local(name) and not name.startswith(("*", "."))]


def _context(certificate: str, key: str) -> dict[str, Any]:
    site = urlsplit(settings.SITE_URL)
    is_last = settings.PROXIES == 1  # else another proxy in front of nginx terminates TLS
    has_tls = settings.HTTPS and is_last
    port = (site.port if is_last else None) or (443 if has_tls else 80)
    return {
        "settings": settings,
        "site": re.escape(settings.SITE_URL),
        "names": _names(str(site.hostname)),
        "is_named": not _is_local(str(site.hostname)),
        "listen": f"{port} ssl{'' if _supports_http2_directive() else ' http2'}"
        if has_tls
        else str(port),
        "has_http2": has_tls and _supports_http2_directive(),
        "has_tls": has_tls,
        "https": "$host" if port == 443 else f"$host:{port}",  # noqa: PLR2004 - that of https
        "acme": ACME,
        "certificate": quoted(certificate or f"{_CERTIFICATES}/{site.hostname}/fullchain.pem"),
        "key": quoted(key or f"{_CERTIFICATES}/{site.hostname}/privkey.pem"),
        "scheme": "$scheme" if is_last else "$http_x_forwarded_proto",
        "host": f"$host:{site.port}" if site.port else "$host",
        "backend": backend(),
        "megabytes": settings.UPLOAD_MAX_BYTES // 1_000_000 + 2,
        "data": quoted(str(settings.DATA)),
        "static_headers": [(name, quoted(value)) for name, value in DEFAULT_HEADERS.items()],
        "image_headers": [(name, quoted(value)) for name, value in IMAGE_HEADERS.items()],
        "hsts": _hsts(),
        "session_cookie": re.escape(settings.SESSION_COOKIE_NAME),
        "has_cache": is_stored_by_nginx(),
    }


def _supports_http2_directive() -> bool:
    """Return whether nginx is installed and has the directive `http2`."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
    if program is None:
        return False
    result = subprocess.run([program, "-v"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", result.stderr)
    return version is not None and tuple(map(int, version.groups())) >= _HTTP2


def quoted(text: str) -> str:
    """Return `text` quoted for nginx. Raises StartupError for a dollar sign: there is no escape."""
    if "$" in text:
        raise StartupError(
            f"{text!r} has a dollar sign, which starts a variable in nginx. Use a path without one."
        )
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _names(host: str) -> str:
    return " ".join(dict.fromkeys([host, *settings.ENV[server.ALLOWED_HOSTS]]))


def _is_local(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")) is not None
    except ValueError:
        return "." not in host


def backend() -> str:
    """Return the address that the site listens on, for nginx and systemd."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.HOST, settings.HOST)  # noqa: S104 - all interfaces, so loopback too
    return f"[{host}]:{settings.PORT}" if ":" in host else f"{host}:{settings.PORT}"


def _hsts() -> str:
    """Return the value of `Strict-Transport-Security`, as Django sends it."""
    subdomains = "; includeSubDomains; preload" if settings.SECURE_HSTS_PRELOAD else ""
    return quoted(f"max-age={settings.SECURE_HSTS_SECONDS}{subdomains}") if settings.HTTPS else ""
