"""How far the replica is behind."""

import http.client
import json
import socket
import time
from pathlib import Path
from typing import Any

from broadsheet.ops.litestream import program

#: Seconds in which all that was written has to be in the replica.
PATIENCE = 3


class Behind(Exception):
    """The replica has not all that was written. The message says why."""


class _Line(http.client.HTTPConnection):
    """HTTP through a socket of Unix."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE + 2)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def lag() -> float:
    """Return in how many seconds all that is written now came to the replica. Raises Behind."""
    began = time.monotonic()
    wish = {"path": str(program.database()), "wait": True, "timeout": PATIENCE}
    line = _Line(program.SOCKET)
    try:
        line.request("POST", "/sync", json.dumps(wish))
        answer = line.getresponse()
        said: dict[str, Any] = json.loads(answer.read())
    except TimeoutError as error:
        raise Behind(f"it is more than {PATIENCE} s behind") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Behind("Litestream does not run") from error
    finally:
        line.close()
    if answer.status != http.client.OK or said.get("replicated_txid") != said.get("txid"):
        raise Behind(f"it is behind: {said.get('error', 'no reason is given')}"[:300])
    return time.monotonic() - began
