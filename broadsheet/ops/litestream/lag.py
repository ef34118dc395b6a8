"""Replication lag."""

import http.client
import json
import socket
import time
from pathlib import Path
from typing import Any

from broadsheet.ops.litestream import program

#: Seconds within which every write must be in the replica.
MAX_LAG = 3


class ReplicaBehindError(Exception):
    """The replica lacks some writes. The message gives the reason."""


class _UnixHTTPConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=MAX_LAG + 2)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def measure() -> float:
    """Wait for the replica; return the seconds that it took. Raises ReplicaBehindError."""
    started = time.monotonic()
    payload = {"path": str(program.database_path()), "wait": True, "timeout": MAX_LAG}
    connection = _UnixHTTPConnection(program.SOCKET)
    try:
        connection.request("POST", "/sync", json.dumps(payload))
        response = connection.getresponse()
        status: dict[str, Any] = json.loads(response.read())
    except TimeoutError as error:
        raise ReplicaBehindError(f"it is more than {MAX_LAG} s behind") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ReplicaBehindError("Litestream is not running") from error
    finally:
        connection.close()
    if response.status != http.client.OK or status.get("replicated_txid") != status.get("txid"):
        raise ReplicaBehindError(f"it is behind: {status.get('error', 'no reason given')}"[:300])
    return time.monotonic() - started
