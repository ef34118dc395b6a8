"""Sends requests to a given node, with or without a login, as nginx would."""

import http.client
import re
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from tests.ops.nodes.site import Node, Site

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_COOKIE = re.compile(r"([\w-]+)=([^;]*)")


class Response(NamedTuple):
    """A response: its status, body and redirect target."""

    status: int
    body: bytes
    location: str

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")


@dataclass
class Client:
    """A client with cookies, whose requests may go to any node."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, node: Node, path: str) -> Response:
        """Request a page from a node."""
        return self._request(node, "GET", path)

    def post(self, node: Node, path: str, **fields: str) -> Response:
        """Fetch a form from a node and submit it there."""
        token = _TOKEN.search(self.get(node, path).text)
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""})
        return self._request(node, "POST", path, body)

    def _request(self, node: Node, method: str, path: str, body: str = "") -> Response:
        headers = {"Host": f"127.0.0.1:{self.site.port}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection(node.host, node.port, timeout=60)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            for header in response.headers.get_all("Set-Cookie") or []:
                cookie = _COOKIE.match(header)
                assert cookie is not None
                self.cookies[cookie[1]] = cookie[2]
            return Response(response.status, response.read(), response.headers.get("Location", ""))
