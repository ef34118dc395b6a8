"""Client that makes changes: through the API, the forms of studio and admin, and SQL."""

import json
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.guarantees.staleness.processes_http import BROKEN, PATIENCE, Connection, Request
from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_site import SeededSite

_CSRF = "c" * 32

type Execute = Callable[[str, list[str]], object]


class ChangeClient:
    """Sends each request to a random process, and sends it again if that process dies."""

    def __init__(
        self,
        seeded_site: SeededSite,
        nodes: list[Node],
        execute: Execute | None,
        rng: random.Random,
    ) -> None:
        self.seeded_site = seeded_site
        self._nodes = nodes
        self.execute = execute
        self._rng = rng
        self._connection: Connection | None = None

    def api(
        self, method: str, path: str, payload: dict[str, Any] | None = None, token: str = ""
    ) -> None:
        """Send a request to the API."""
        headers = {
            "Authorization": f"Bearer {token or self.seeded_site.token}",
            "Content-Type": "application/json",
        }
        if method in {"PATCH", "DELETE"} and "/posts/" in path:
            headers["If-Match"] = "*"
        body = json.dumps(payload or {}).encode()
        # If a first attempt was lost, it may have deleted or restored the post already.
        self._send(Request(method, f"/api/v1{path}", headers, body), {200, 204}, {404})

    def form(self, path: str, data: dict[str, Any]) -> None:
        """Submit a form of the studio or the admin as the owner."""
        headers = {
            "Cookie": f"sessionid={self.seeded_site.session}; csrftoken={_CSRF}",
            "X-CSRFToken": _CSRF,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(data, doseq=True).encode()
        self._send(Request("POST", path, headers, body), {302}, {404})

    def sql(self, statement: str, values: list[str]) -> None:
        """Write to the database without the site, as another program does."""
        assert self.execute is not None
        self.execute(statement, values)

    def _send(self, request: Request, good: set[int], good_again: set[int]) -> None:
        end = time.monotonic() + PATIENCE
        for attempt in range(10_000):
            try:
                reply = self._connected().send_and_receive(request)
            except BROKEN:
                self.close()
                assert time.monotonic() < end, f"{request} got no response"
                time.sleep(0.01)
                continue
            if self._rng.random() < 0.2:
                self.close()
            expected = good | good_again if attempt else good
            assert reply.status in expected, f"{request}: {reply.status} {reply.body[:900]!r}"
            return
        raise AssertionError

    def _connected(self) -> Connection:
        if self._connection is None:
            server = self._rng.choice(self._nodes).server
            self._connection = Connection(server.port, machine=server.host)
        return self._connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
