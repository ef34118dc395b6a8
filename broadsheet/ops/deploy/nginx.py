"""nginx before this site: what its configuration says."""

import io
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import render_to_string

from broadsheet.lib.env import Refused
from broadsheet.lib.security_headers import EVERY_ANSWER, IMAGES
from broadsheet.pagecache.cache import MARK
from broadsheet.pagecache.front.names import ADDRESS, SUFFIX, kind
from broadsheet.pagecache.pages import Page

#: The kinds of pages that may be files: the regular expression of their paths, and one of them.
_KINDS = {
    r"/rss\.xml$": "/rss.xml",
    r"/atom\.xml$": "/atom.xml",
    r"/feed\.json$": "/feed.json",
    r"^/sitemap[^/]*\.xml$": "/sitemap.xml",
    "": "/",
}
#: What nginx says by itself.
_OWN = {"content-type", "content-length", "content-encoding", "etag", "date", "server"}


_NODE = re.compile(r"([\w.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}")
_HSTS = "strict-transport-security"
_CERTIFICATES = "/etc/letsencrypt/live"
#: Where who gives certificates finds the proof that this machine is the site's (RFC 8555, 8.3).
ACME = Path("/var/www/letsencrypt")
#: The first nginx that has HTTP/2 as a directive of its own; those from then on warn of the other.
_HTTP2 = (1, 25, 1)


@dataclass(frozen=True, slots=True)
class Kind:
    """Pages with the same headers: where nginx meets them, where they lie and what they carry."""

    pattern: str
    folder: str
    content_type: str
    headers: list[tuple[str, str]]


def configuration(
    certificate: str,
    key: str,
    logs: Path | None = None,
    nodes: Sequence[str] = (),
    *,
    has_certificate: bool = True,
) -> str:
    """Return the configuration, for a file that nginx includes in its `http` block.

    The headers are those that the application itself answers with. `logs` is the folder for its
    logs, where it is not nginx's own; `nodes` are the machines that answer, as HOST:PORT, where
    they are not this one alone. Unless there `has_certificate`, port 80 alone is served, where
    one is got. Raises Refused where settings do not fit a proxy in front.
    """
    if not settings.PROXIES:
        raise Refused(
            "BROADSHEET_PROXIES: '0' does not count nginx, so nobody's address would be known. "
            "For example: BROADSHEET_PROXIES=1"
        )
    for node in nodes:
        if not _NODE.fullmatch(node):
            raise Refused(f"--node={node} is not HOST:PORT. For example: --node=10.0.0.2:8000")
    more = {"logs": logs, "nodes": nodes}
    context = {**_context(certificate, key), **more}
    context["is_served"] = has_certificate or not context["has_tls"]
    return render_to_string("ops/nginx.conf", context)


def certificate_file() -> Path:
    """Return where certbot puts the certificate of this site."""
    return Path(_CERTIFICATES) / str(urlsplit(settings.SITE_URL).hostname) / "fullchain.pem"


def certified_names() -> list[str]:
    """Return the names that the certificate is for, the site's own first."""
    names = _names(str(urlsplit(settings.SITE_URL).hostname)).split()
    return [name for name in names if not _is_here(name) and not name.startswith(("*", "."))]


def _context(certificate: str, key: str) -> dict[str, Any]:
    site = urlsplit(settings.SITE_URL)
    is_last = settings.PROXIES == 1  # else another proxy, which speaks TLS, stands before nginx
    has_tls = settings.HTTPS and is_last
    port = (site.port if is_last else None) or (443 if has_tls else 80)
    return {
        "settings": settings,
        "site": re.escape(settings.SITE_URL),
        "names": _names(str(site.hostname)),
        "is_named": not _is_here(str(site.hostname)),
        "listen": f"{port} ssl{'' if _knows_http2() else ' http2'}" if has_tls else str(port),
        "has_http2": has_tls and _knows_http2(),
        "has_tls": has_tls,
        "https": "$host" if port == 443 else f"$host:{port}",  # noqa: PLR2004 - that of https
        "acme": ACME,
        "certificate": quoted(certificate or f"{_CERTIFICATES}/{site.hostname}/fullchain.pem"),
        "key": quoted(key or f"{_CERTIFICATES}/{site.hostname}/privkey.pem"),
        "scheme": "$scheme" if is_last else "$http_x_forwarded_proto",
        "host": f"$host:{site.port}" if site.port else "$host",
        "backend": backend(),
        "megabytes": settings.UPLOAD_MAX_BYTES // 1_000_000 + 2,
        "address": ADDRESS,
        "suffix": SUFFIX,
        "kinds": _kinds() if settings.FRONT_FILES else [],
        "data": quoted(str(settings.DATA)),
        "static_headers": [(name, quoted(value)) for name, value in EVERY_ANSWER.items()],
        "image_headers": [(name, quoted(value)) for name, value in IMAGES.items()],
        "hsts": next((quoted(v) for n, v in _headers("/") if n.lower() == _HSTS), ""),
    }


def _knows_http2() -> bool:
    """Whether the nginx on this machine has the directive `http2`; where there is none, no."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
    if program is None:
        return False
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said.stderr)
    return version is not None and tuple(map(int, version.groups())) >= _HTTP2


def quoted(text: str) -> str:
    """Return `text` as nginx reads it. Raises Refused for a dollar sign, which it cannot quote."""
    if "$" in text:
        raise Refused(f"nginx takes what follows the dollar sign in {text!r} for a variable.")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _names(host: str) -> str:
    return " ".join(dict.fromkeys([host, *settings.ENV["ALLOWED_HOSTS"].value]))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")) is not None
    except ValueError:
        return "." not in host


def backend() -> str:
    """Return where this site listens, as nginx and systemd read it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.HOST, settings.HOST)  # noqa: S104 - every address, which this one is among
    return f"[{host}]:{settings.PORT}" if ":" in host else f"{host}:{settings.PORT}"


def _kinds() -> list[Kind]:
    found = []
    for pattern, path in _KINDS.items():
        said = _headers(path)
        kept = [(name, quoted(value)) for name, value in said if name.lower() not in _OWN]
        content_type = next(value for name, value in said if name.lower() == "content-type")
        folder = settings.DATA / "front" / "pages" / kind(said)
        found.append(Kind(pattern, quoted(str(folder)), quoted(content_type), kept))
    return found


def _headers(path: str) -> list[tuple[str, str]]:
    """Return the headers of the answer, such as a reader gets it who asks for `path`."""
    site = urlsplit(settings.SITE_URL)
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(site.port or ""),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": site.netloc,
        "HTTP_X_FORWARDED_PROTO": site.scheme,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": True,
        MARK: True,
    }
    application: Any = get_wsgi_application()
    answer = application(environ, lambda *head: said.extend(head[:2]))
    answer.close()
    status, headers = said
    if not status.startswith("200"):
        raise RuntimeError(f"{path} was answered with {status}")
    return Page(headers, b"").headers
