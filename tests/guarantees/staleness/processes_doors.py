"""The ways in for changes: the API, the forms of the studio and the admin, and plain SQL."""

import json
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.guarantees.staleness.processes_nodes import Node
from tests.guarantees.staleness.processes_stage import Stage
from tests.guarantees.staleness.processes_wire import BROKEN, PATIENCE, Connection, Request

_CSRF = "c" * 32

type Execute = Callable[[str, list[str]], object]


class Doors:
    """The ways in for changes. Each request goes to any process, and again if that one dies."""

    def __init__(
        self, stage: Stage, nodes: list[Node], execute: Execute | None, chance: random.Random
    ) -> None:
        self.stage = stage
        self._nodes = nodes
        self.execute = execute
        self._chance = chance
        self._connection: Connection | None = None

    def api(
        self, method: str, path: str, said: dict[str, Any] | None = None, token: str = ""
    ) -> None:
        """Ask the API."""
        headers = {
            "Authorization": f"Bearer {token or self.stage.token}",
            "Content-Type": "application/json",
        }
        if method in {"PATCH", "DELETE"} and "/posts/" in path:
            headers["If-Match"] = "*"
        body = json.dumps(said or {}).encode()
        # Once it was tried in vain, there may be nothing left to delete or to restore.
        self._try(Request(method, f"/api/v1{path}", headers, body), {200, 204}, {404})

    def form(self, path: str, said: dict[str, Any]) -> None:
        """Send a form of the studio or the admin as the owner."""
        headers = {
            "Cookie": f"sessionid={self.stage.session}; csrftoken={_CSRF}",
            "X-CSRFToken": _CSRF,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(said, doseq=True).encode()
        self._try(Request("POST", path, headers, body), {302}, {404})

    def sql(self, statement: str, values: list[str]) -> None:
        """Write to the database beside the site, as another program would."""
        assert self.execute is not None
        self.execute(statement, values)

    def _try(self, request: Request, good: set[int], good_again: set[int]) -> None:
        end = time.monotonic() + PATIENCE
        for attempt in range(10_000):
            try:
                reply = self._connected().ask(request)
            except BROKEN:
                self.close()
                assert time.monotonic() < end, f"{request} was never answered"
                time.sleep(0.01)
                continue
            if self._chance.random() < 0.2:
                self.close()
            fine = good | good_again if attempt else good
            assert reply.status in fine, f"{request}: {reply.status} {reply.body[:900]!r}"
            return
        raise AssertionError

    def _connected(self) -> Connection:
        if self._connection is None:
            server = self._chance.choice(self._nodes).server
            self._connection = Connection(server.port, machine=server.host)
        return self._connection

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
