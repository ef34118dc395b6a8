"""What turns pages that are asked for often into files, beside the requests."""

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterable

from django.conf import settings

from broadsheet.pagecache import encodings
from broadsheet.pagecache.front.files import File, Front
from broadsheet.pagecache.front.names import kind, name
from broadsheet.pagecache.pages import Page, Shelf

logger = logging.getLogger(__name__)

#: A page that this process was asked for so often is offered, and again with every EVERY-th time.
OFTEN, EVERY = 3, 32
#: Seconds between looks for what others have changed, when nobody asks this process for anything.
PATIENCE = 1.0
_WAITING = 256
_AWAKE = ("", None)


class OfferingShelf(Shelf[Page]):
    """A shelf that counts how often its pages are asked for, and offers the popular ones."""

    def __init__(self, capacity: int, front: Front, proves: Callable[[], bool]) -> None:
        super().__init__(capacity)
        self._writer = Writer(front, self, proves)

    def get(self, key: str) -> Page | None:
        """Return the page, and count."""
        page = super().get(key)
        if page is not None:
            page.asked += 1
            if page.asked % EVERY == OFTEN:
                self._writer.offer(key, page)
        return page

    def is_held(self, key: str, page: Page) -> bool:
        """Return whether that very page is here."""
        slot = self._held.get(key)
        return slot is not None and slot.item is page

    def drop_tagged(self, stamps: Iterable[str]) -> int:
        """Forget pages, and let their files be removed."""
        self._writer.wake()
        return super().drop_tagged(stamps)

    def clear(self) -> int:
        """Forget all pages, and let their files be removed."""
        self._writer.wake()
        return super().clear()


class Writer:
    """Writes files in a thread of its own, and removes those that another program made wrong."""

    def __init__(self, front: Front, shelf: OfferingShelf, proves: Callable[[], bool]) -> None:
        self._front = front
        self._shelf = shelf
        self._proves = proves
        self._stem = f"{settings.SITE_URL}/"
        self._offers: queue.Queue[tuple[str, Page | None]] = queue.Queue(_WAITING)
        self._pid = 0
        self._starting = threading.Lock()
        os.register_at_fork(after_in_child=self._start_in_child)

    def offer(self, key: str, page: Page) -> None:
        """Let the page be written, where it is one for everyone under the site's own address."""
        if key.startswith(self._stem) and not page.is_for_strangers:
            self._hand_over((key, page))

    def wake(self) -> None:
        """Let the log be read now."""
        self._hand_over(_AWAKE)

    def _hand_over(self, offer: tuple[str, Page | None]) -> None:
        if self._pid != os.getpid():
            self._start()
        try:
            self._offers.put_nowait(offer)
        except queue.Full:
            return  # it will be offered again, and the log is read anyhow

    def _start_in_child(self) -> None:
        self._offers = queue.Queue(_WAITING)
        self._starting = threading.Lock()
        self._start()

    def _start(self) -> None:
        with self._starting:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="front", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                key, page = self._offers.get(timeout=PATIENCE)
            except queue.Empty:
                key, page = _AWAKE
            try:
                if page is None:
                    self._front.catch_up()
                    self._front.tidy()
                else:
                    self._write(key, page)
            except Exception:
                logger.exception("A front file could not be written or deleted.")

    def _write(self, key: str, page: Page) -> None:
        found = name(key.removeprefix(self._stem[:-1]))
        if found is None:
            return
        body = page.body()
        content_type = next(v for n, v in page.headers if n.lower() == "content-type")
        is_shorter = encodings.is_compressible(content_type) and len(body) >= encodings.SHORT
        file = File(
            f"{kind(page.headers)}/{found}",
            body,
            encodings.encode(body, "gzip") if is_shorter else None,
            page.tags,
        )
        self._front.put(file, lambda: self._proves() and self._shelf.is_held(key, page))
