"""How one node is asked by itself, with or without a login, as nginx would ask it."""

import http.client
import re
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from tests.ops.nodes.site import Node, Site

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_COOKIE = re.compile(r"([\w-]+)=([^;]*)")


class Answer(NamedTuple):
    """An answer: its status, its body and where it leads to."""

    status: int
    body: bytes
    location: str

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")


@dataclass
class Guest:
    """Somebody with cookies, whose requests come to whichever node."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, node: Node, path: str) -> Answer:
        """Ask a node for a page."""
        return self._ask(node, "GET", path)

    def post(self, node: Node, path: str, **fields: str) -> Answer:
        """Fetch a form from a node and send it there."""
        token = _TOKEN.search(self.get(node, path).text)
        sent = urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""})
        return self._ask(node, "POST", path, sent)

    def _ask(self, node: Node, method: str, path: str, body: str = "") -> Answer:
        headers = {"Host": f"127.0.0.1:{self.site.port}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(
                f"{name}={output}" for name, output in self.cookies.items()
            )
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection(node.host, node.port, timeout=60)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for output in answer.headers.get_all("Set-Cookie") or []:
                cookie = _COOKIE.match(output)
                assert cookie is not None
                self.cookies[cookie[1]] = cookie[2]
            return Answer(answer.status, answer.read(), answer.headers.get("Location", ""))
