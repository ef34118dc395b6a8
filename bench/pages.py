"""What a server answers: head and body, exactly."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

#: What the server itself adds, to the dictionary's answers too.
_SERVERS_OWN = {"date", "server", "connection", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    status: str
    head: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value; empty without it."""
        return next((value for key, value in self.head if key.lower() == name.lower()), "")


def fetch(url: str, headers: Mapping[str, str] | None = None) -> Page:
    """Ask for `url`. Raises RuntimeError unless it is answered with 200 or 304."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    path = f"{where.path}?{where.query}" if where.query else where.path
    connection.request("GET", path, headers={"Accept-Encoding": "identity", **(headers or {})})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status not in {200, 304}:
        raise RuntimeError(f"{url} was answered with {answer.status}")
    head = [(n.lower(), v) for n, v in answer.getheaders() if n.lower() not in _SERVERS_OWN]
    return Page(f"{answer.status} {answer.reason}", head, body)


def write(path: Path, pages: Mapping[str, Page]) -> None:
    """Write pages for `bench.dictionary`."""
    path.write_text(
        json.dumps({k: (p.status, p.head, p.body.decode("latin-1")) for k, p in pages.items()})
    )
