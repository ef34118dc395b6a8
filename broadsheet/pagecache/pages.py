"""A kept page, and the shelf that holds as many as fit of them, or of the rows they are made of."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple, Protocol

from broadsheet.pagecache import encodings
from broadsheet.pagecache.cdn import CDN
from broadsheet.pagecache.stamps import HEADER

type Headers = list[tuple[str, str]]

#: What a page takes in memory besides its bytes, about, and what each of its stamps does.
OVERHEAD, OVERHEAD_OF_STAMP = 3_000, 250

_REWRITTEN = frozenset({"content-length", "content-encoding", "etag", "vary", HEADER.lower()})
_OF_THE_BODY = frozenset({"content-type", "content-length", "content-encoding"})


class Answer(NamedTuple):
    """What a server sends."""

    status: str
    headers: Headers
    body: list[bytes]


class Variant(NamedTuple):
    """A page in one coding: the body as the answers to GET and HEAD, and the 304 instead."""

    coding: str
    etag: str
    whole: Answer
    head: Answer
    unchanged: Answer


class Page:
    """An answer that is the same for everyone who may get it. Raises ValueError for other ones.

    `headers` are those of Django's answer with the body as it is; a `cdn` is told the stamps.
    """

    __slots__ = (
        "_headers",
        "_is_compressible",
        "_variants",
        "_vary",
        "asked",
        "digest",
        "is_for_strangers",
        "stamps",
    )

    def __init__(self, headers: Headers, body: bytes, cdn: CDN | None = None) -> None:
        named = {name.lower(): value for name, value in headers}
        self.stamps = frozenset(named[HEADER.lower()].split())
        self.asked = 0  # counted where front files are on
        vary = (value.strip() for value in named.get("vary", "").split(","))
        self._vary = [v for v in vary if v and v.lower() != "accept-encoding"]
        self.is_for_strangers = not {"cookie", "authorization"}.isdisjoint(
            value.lower() for value in self._vary
        )
        self._is_compressible = encodings.is_compressible(named.get("content-type", ""))
        self._headers = [pair for pair in headers if pair[0].lower() not in _REWRITTEN]
        if cdn is not None:
            self._headers += cdn.headers(self.stamps, may_stay=not self.is_for_strangers)
        self.digest = blake2b(body, digest_size=12).hexdigest()
        self._variants = {"": self._variant(body, "")}

    def ready(self, coding: str) -> Variant | None:
        """Return the page in `coding`, if it is held so."""
        return self._variants.get(coding)

    def variant(self, coding: str) -> Variant:
        """Return the page in `coding`, compressed when it is first asked for, and then held so."""
        found = self._variants.get(coding)
        return found if found is not None else self._add(coding)

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        bodies = sum(
            len(v.whole.body[0]) for v in {id(v): v for v in self._variants.values()}.values()
        )
        return bodies + OVERHEAD + OVERHEAD_OF_STAMP * len(self.stamps)

    @property
    def headers(self) -> Headers:
        """The headers of some variant."""
        return next(iter(self._variants.values())).whole.headers

    def body(self) -> bytes:
        """Return the body as it is."""
        variant = next(iter(self._variants.values()))
        return encodings.decode(variant.whole.body[0], variant.coding)

    def _add(self, coding: str) -> Variant:
        body = self.body()
        if self._is_compressible and len(body) >= encodings.SHORT:
            variant = self._variant(encodings.encode(body, coding), coding)
        else:
            variant = next(iter(self._variants.values()))
        self._variants = {**self._variants, coding: variant}
        return variant

    def compact(self, coding: str) -> None:
        """Hold the page in `coding` only; what else is asked for is made from it."""
        self._variants = {coding: self.variant(coding)}

    def _variant(self, body: bytes, coding: str) -> Variant:
        etag = f'"{self.digest}-{coding}"' if coding else f'"{self.digest}"'
        headers = [*self._headers, ("ETag", etag)]
        headers.append(("Vary", ", ".join([*self._vary, "Accept-Encoding"])))
        unchanged = [pair for pair in headers if pair[0].lower() not in _OF_THE_BODY]
        if coding:
            headers.append(("Content-Encoding", coding))
        headers.append(("Content-Length", str(len(body))))
        return Variant(
            coding,
            etag,
            Answer("200 OK", headers, [body]),
            Answer("200 OK", headers, []),
            Answer("304 Not Modified", unchanged, []),
        )


class Stamped(Protocol):
    """What was made from something, and takes about so many bytes of memory."""

    @property
    def stamps(self) -> frozenset[str]:
        """What a change of it stamps."""

    @property
    def size(self) -> int:
        """About how many bytes it takes."""


class Shelf[T: Stamped]:
    """Items by key, in the order in which they were asked for, within `capacity` bytes.

    Reading is safe in every thread; one thread at a time may change it.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.bytes = 0
        self.evicted = 0
        self._held: OrderedDict[str, T] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._by_stamp: defaultdict[str, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: str) -> T | None:
        """Return the item, which is now the last to be evicted."""
        item = self._held.get(key)
        if item is not None:
            try:
                self._held.move_to_end(key)
            except KeyError:  # dropped by another thread since
                return None
        return item

    def put(self, key: str, item: T) -> None:
        """Keep the item; whatever was not asked for longest makes room."""
        self.drop(key)
        self._held[key] = item
        for stamp in item.stamps:
            self._by_stamp[stamp].add(key)
        self.weigh(key)

    def weigh(self, key: str) -> None:
        """Take account of an item that has grown, and make room."""
        item = self._held.get(key)
        if item is None:
            return
        self.bytes += item.size - self._sizes.get(key, 0)
        self._sizes[key] = item.size
        while self.bytes > self.capacity and self._held:
            self._let_go(*self._held.popitem(last=False))
            self.evicted += 1

    def drop(self, key: str) -> None:
        """Forget the item, if it is here."""
        item = self._held.pop(key, None)
        if item is not None:
            self._let_go(key, item)

    def _let_go(self, key: str, item: T) -> None:
        self.bytes -= self._sizes.pop(key)
        for stamp in item.stamps:
            keys = self._by_stamp[stamp]
            keys.discard(key)
            if not keys:
                del self._by_stamp[stamp]

    def drop_stamped(self, stamps: Iterable[str]) -> int:
        """Forget the items that were made from what `stamps` stand for; return how many."""
        keys = {key for stamp in stamps for key in self._by_stamp.get(stamp, ())}
        for key in keys:
            self.drop(key)
        return len(keys)

    def clear(self) -> int:
        """Forget all items; return how many."""
        count = len(self._held)
        self._held.clear()
        self._sizes.clear()
        self._by_stamp.clear()
        self.bytes = 0
        return count
