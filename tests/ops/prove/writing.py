"""Writers that record which posts were acknowledged, while something happens to the site."""

import http.client
import itertools
import json
import random
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

TIMEOUT = 120  # seconds


@dataclass
class Written:
    """Titles of posts: acknowledged, with IDs; without a response; rejected, with the status."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    refused: list[tuple[str, int]] = field(default_factory=list)


class Writers:
    """Threads that publish posts through the API until `count` are acknowledged.

    Each waits for `pause` seconds between posts. Each title contains the next of `numbers`.
    """

    def __init__(
        self,
        port: int,
        token: str,
        count: int,
        threads: int = 4,
        pause: float = 0,
        numbers: Iterator[int] | None = None,
    ) -> None:
        self.written = Written()
        self._port, self._token, self._count, self._pause = port, token, count, pause
        self._numbers = numbers or itertools.count()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._write) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._count = 0
        for thread in self._threads:
            thread.join()

    @property
    def are_done(self) -> bool:
        """Whether enough posts were acknowledged."""
        return len(self.written.acknowledged) >= self._count

    def print_progress(self, progress: str) -> None:
        """Print the progress."""
        written = self.written
        line = (
            f"{len(written.acknowledged):,} acknowledged, {len(written.unsure)} unsure, {progress}"
        )
        sys.stderr.write(f"{line} of {self._count:,}\n")

    def _write(self) -> None:
        while not self.are_done:
            with self._lock:
                title = f"Post q{next(self._numbers)}q"
            self.publish(title)
            time.sleep(self._pause)

    def publish(self, title: str) -> None:
        """Publish a post, and record the response."""
        body = {"title": title, "content": f"The text of {title}. " * 20, "status": "published"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/api/v1/posts",
            json.dumps({**body, "tags": ["proof"]}).encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                self.written.acknowledged[title] = json.loads(response.read())["id"]
        except urllib.error.HTTPError as error:
            self.written.refused.append((title, error.code))
            time.sleep(0.2)
        except (OSError, http.client.HTTPException):
            self.written.unsure.add(title)
            time.sleep(random.uniform(0.02, 0.1))
