"""Exact copies of responses: status, headers and body."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

#: Headers that the server itself adds, also to responses of `bench.dictionary`.
_SERVER_HEADERS = {"date", "server", "connection", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Page:
    """A response."""

    status: str
    head: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header; empty if it is missing."""
        return next((value for key, value in self.head if key.lower() == name.lower()), "")


def fetch(url: str, headers: Mapping[str, str] | None = None) -> Page:
    """Request `url`. Raises RuntimeError unless the status is 200 or 304."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request("GET", path, headers={"Accept-Encoding": "identity", **(headers or {})})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status not in {200, 304}:
        raise RuntimeError(f"{url}: unexpected status {response.status}")
    head = [(n.lower(), v) for n, v in response.getheaders() if n.lower() not in _SERVER_HEADERS]
    return Page(f"{response.status} {response.reason}", head, body)


def write(path: Path, pages: Mapping[str, Page]) -> None:
    """Write pages as JSON for `bench.dictionary`."""
    path.write_text(
        json.dumps({k: (p.status, p.head, p.body.decode("latin-1")) for k, p in pages.items()})
    )
