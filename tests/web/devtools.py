"""Chromium over its DevTools protocol (CDP), for prerendering, which Playwright disables."""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from tests.browsers import FLAGS


@dataclass
class DevTools:
    """A tab of Chromium. Commands and events are JSON texts in pipes, each terminated by NUL."""

    _to: IO[bytes]
    _from: IO[bytes]
    page: str = ""  # the session of the current page
    _events: list[dict[str, Any]] = field(default_factory=list)
    _sent: int = 0

    @classmethod
    @contextmanager
    def opened(cls, chromium: str, profile: Path) -> Iterator[Self]:
        """Start Chromium with a new profile and an empty tab; kill it at the end."""
        (child_in, parent_out), (parent_in, child_out) = os.pipe(), os.pipe()
        flags = [*FLAGS, "--headless", f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        command = f"exec {shlex.join([chromium, *flags])} 3<&{child_in} 4>&{child_out}"
        process = subprocess.Popen(
            ["bash", "-c", command], pass_fds=(child_in, child_out), stderr=subprocess.DEVNULL
        )
        os.close(child_in)
        os.close(child_out)
        with os.fdopen(parent_out, "wb", buffering=0) as to, os.fdopen(parent_in, "rb") as from_:
            try:
                yield cls(to, from_)._attach()
            finally:
                process.kill()
                process.wait()

    def _attach(self) -> Self:
        """Attach to the page through its tab: only then are other pages prerendered in it."""
        self.send("Target.createTarget", url="about:blank")
        tabs = self.send("Target.getTargets", filter=[{"type": "tab"}])["targetInfos"]
        attached = self.send("Target.attachToTarget", targetId=tabs[0]["targetId"], flatten=True)
        self.page = attached["sessionId"]
        self.send(
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True
        )
        self.page = self.next_page()
        return self

    def next_page(self) -> str:
        """Return the session of the next page that was attached."""
        while True:
            attached = self.wait_for("Target.attachedToTarget")
            if attached["targetInfo"]["type"] == "page":
                session: str = attached["sessionId"]
                return session

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result. Events that arrive before it are queued."""
        self._sent += 1
        command = {"id": self._sent, "method": method, "params": params}
        if self.page:
            command["sessionId"] = self.page
        self._to.write(json.dumps(command).encode() + b"\0")
        while True:
            message = self._read()
            if message.get("id") == self._sent:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._events.append(message)

    def wait_for(self, method: str, **expected: Any) -> dict[str, Any]:
        """Return the parameters of the first matching event, queued or new, and remove it."""
        read = 0
        while True:
            if read == len(self._events):
                self._events.append(self._read())
            event = self._events[read]
            params: dict[str, Any] = event.get("params", {})
            if event.get("method") == method and expected.items() <= params.items():
                del self._events[read]
                return params
            read += 1

    def evaluate(self, script: str) -> Any:
        """Return the result of `script` in the page; promises are awaited."""
        message = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in message, message
        return message["result"].get("value")

    def _read(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._from.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            text += byte
        message: dict[str, Any] = json.loads(text)
        return message
