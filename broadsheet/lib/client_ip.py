"""Client IP address of a request behind trusted reverse proxies."""

from collections.abc import Mapping
from typing import Any


def client_ip(environ: Mapping[str, Any], proxies: int) -> str:
    """Return the client's IP address as the outermost of our `proxies` saw it.

    `environ` is the request's, as in WSGI or `request.META`. Returns "" if X-Forwarded-For has
    fewer entries than there are proxies: then REMOTE_ADDR is a proxy's address.
    """
    if not proxies:
        return str(environ.get("REMOTE_ADDR", ""))
    hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return str(hops[-proxies]).strip() if len(hops) >= proxies else ""
