"""Chromium by its own protocol (CDP), for what Playwright switches off: pages made ready ahead."""

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
    """A tab of Chromium. Commands and events go through pipes, one JSON text each, ended by NUL."""

    _to: IO[bytes]
    _from: IO[bytes]
    page: str = ""  # the session of the page that is spoken to
    _events: list[dict[str, Any]] = field(default_factory=list)
    _sent: int = 0

    @classmethod
    @contextmanager
    def opened(cls, chromium: str, profile: Path) -> Iterator[Self]:
        """Start Chromium with a new profile and an empty tab, and end it."""
        (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
        flags = [*FLAGS, "--headless", f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        command = f"exec {shlex.join([chromium, *flags])} 3<&{theirs_in} 4>&{theirs_out}"
        process = subprocess.Popen(
            ["bash", "-c", command], pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        with os.fdopen(ours_out, "wb", buffering=0) as to, os.fdopen(ours_in, "rb") as from_:
            try:
                yield cls(to, from_)._in_a_tab()
            finally:
                process.kill()
                process.wait()

    def _in_a_tab(self) -> Self:
        """Attach to the page by way of its tab: only then are others made ready beside it."""
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
        """Return the session of the page that was attached after those that were asked for."""
        while True:
            attached = self.wait_for("Target.attachedToTarget")
            if attached["targetInfo"]["type"] == "page":
                session: str = attached["sessionId"]
                return session

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command; return its result. Events that come before it are kept."""
        self._sent += 1
        command = {"id": self._sent, "method": method, "params": params}
        if self.page:
            command["sessionId"] = self.page
        self._to.write(json.dumps(command).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._sent:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._events.append(answer)

    def wait_for(self, method: str, **expected: Any) -> dict[str, Any]:
        """Return what the first event of this kind says, past or to come; it is taken away."""
        read = 0
        while True:
            if read == len(self._events):
                self._events.append(self._read())
            event = self._events[read]
            said: dict[str, Any] = event.get("params", {})
            if event.get("method") == method and expected.items() <= said.items():
                del self._events[read]
                return said
            read += 1

    def evaluate(self, script: str) -> Any:
        """Return what `script` gives in the page, awaited where it is a promise."""
        answer = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _read(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._from.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            text += byte
        answer: dict[str, Any] = json.loads(text)
        return answer
