"""A kept page, and the shelf that holds as many as fit of them, or of the rows they are made of."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple, Protocol

from broadsheet.pagecache import encodings
from broadsheet.pagecache.cdn import CDN, STORABLE, is_stored_by_nginx
from broadsheet.pagecache.tags import HEADER

type Headers = list[tuple[str, str]]

#: What a page takes in memory besides its bytes, about, and what each of its tags does.
OVERHEAD, OVERHEAD_PER_TAG = 3_000, 250

_REWRITTEN = frozenset({"content-length", "content-encoding", "etag", "vary", HEADER.lower()})
_OF_THE_BODY = frozenset({"content-type", "content-length", "content-encoding"})


#: What responses may vary by: the cache encodes bodies itself, and serves what varies by the others
#: only to those who send neither.
_UNDERSTOOD = frozenset({"accept-encoding", "authorization", "cookie"})


def vary_of(headers: Headers) -> list[str]:
    """Return the names of the request headers that a response varies by (RFC 9110, 12.5.5)."""
    values = (value for name, value in headers if name.lower() == "vary")
    return [name for value in values for name in map(str.strip, value.split(",")) if name]


def has_understood_vary(headers: Headers) -> bool:
    """Return whether a cache key and the cookies tell the variants of a response apart.

    Any other name, and `*`, stands for a difference that the cache cannot see.
    """
    return all(name.lower() in _UNDERSTOOD for name in vary_of(headers))


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

    `headers` are those of Django's answer with the body as it is; a `cdn` is told the tags.
    """

    __slots__ = (
        "_cache_headers",
        "_headers",
        "_is_compressible",
        "_variants",
        "_vary",
        "digest",
        "is_for_strangers",
        "tags",
    )

    def __init__(self, headers: Headers, body: bytes, cdn: CDN | None = None) -> None:
        named = {name.lower(): value for name, value in headers}
        self.tags = frozenset(named[HEADER.lower()].split())
        self._vary = [name for name in vary_of(headers) if name.lower() != "accept-encoding"]
        self.is_for_strangers = bool(self._vary)  # by a cookie or a token
        self._is_compressible = encodings.is_compressible(named.get("content-type", ""))
        self._headers = [pair for pair in headers if pair[0].lower() not in _REWRITTEN]
        if cdn is not None:
            self._headers += cdn.headers(self.tags, may_stay=not self.is_for_strangers)
        is_storable = is_stored_by_nginx() and not self.is_for_strangers
        self._cache_headers = [STORABLE] if is_storable else []
        # Of the headers too: a cache that revalidates serves those that it has stored.
        self.digest = blake2b(repr(self._headers).encode() + body, digest_size=12).hexdigest()
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
        return bodies + OVERHEAD + OVERHEAD_PER_TAG * len(self.tags)

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
        headers += self._cache_headers
        return Variant(
            coding,
            etag,
            Answer("200 OK", headers, [body]),
            Answer("200 OK", headers, []),
            Answer("304 Not Modified", unchanged, []),
        )


class Tagged(Protocol):
    """What was made from something, and takes about so many bytes of memory."""

    @property
    def tags(self) -> frozenset[str]:
        """What a change of it tags."""

    @property
    def size(self) -> int:
        """About how many bytes it takes."""


class Slot[T: Tagged]:
    """Where an item lies: the bytes it was weighed with, and whether it was asked for since."""

    __slots__ = ("is_known", "item", "size", "was_asked")

    def __init__(self, item: T) -> None:
        self.item = item
        self.size = 0
        self.was_asked = self.is_known = False


class Shelf[T: Tagged]:
    """Items by key, within `capacity` bytes.

    The new ones make room for each other, but for those that were asked for again: these are known,
    and make room for each other where they take more than their `SHARE`. So whoever asks for a
    great many items, once each, drives out none that others come back for (segmented LRU).

    Reading is safe in every thread; one thread at a time may change it.
    """

    SHARE = 0.8
    #: What is known must be asked for again before so many times all that is here has gone.
    AGE = 32

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.bytes = self.evicted = 0
        self._bytes_known = self._looked_at = 0
        self._held: dict[str, Slot[T]] = {}
        self._new: OrderedDict[str, Slot[T]] = OrderedDict()
        self._known: OrderedDict[str, Slot[T]] = OrderedDict()
        self._by_tag: defaultdict[str, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: str) -> T | None:
        """Return the item, and remember that it was asked for."""
        slot = self._held.get(key)
        if slot is None:
            return None
        slot.was_asked = True
        return slot.item

    def items(self) -> dict[str, T]:
        """Return what is here, as if nobody had asked."""
        return {key: slot.item for key, slot in self._held.items()}

    def put(self, key: str, item: T) -> None:
        """Keep the item; others make room."""
        self.drop(key)
        self._held[key] = self._new[key] = Slot(item)
        for tag in item.tags:
            self._by_tag[tag].add(key)
        self.weigh(key)

    def weigh(self, key: str) -> None:
        """Take account of an item that has grown, and make room."""
        slot = self._held.get(key)
        if slot is None:
            return
        grown = slot.item.size - slot.size
        slot.size += grown
        self.bytes += grown
        self._bytes_known += grown if slot.is_known else 0
        while self.bytes > self.capacity:
            self._make_room()

    def _make_room(self) -> None:
        """Let an item go, or find that it has become known."""
        key, slot = next(iter((self._new or self._known).items()))
        if slot.was_asked and not slot.is_known:
            self._move(key, slot, self._new, self._known)
        else:
            self.drop(key)
            self.evicted += 1
        lifetime = self.AGE * len(self._held)
        is_due = (self.evicted - self._looked_at) * (len(self._known) + 1) > lifetime
        if is_due or self._bytes_known > self.SHARE * self.capacity:
            self._age()

    def _age(self) -> None:
        """Look at the known item that was looked at longest ago: unless asked for, it is new."""
        if self._known:
            key, slot = next(iter(self._known.items()))
            if slot.was_asked:
                slot.was_asked = False
                self._known.move_to_end(key)
            else:
                self._move(key, slot, self._known, self._new)
        self._looked_at = self.evicted

    def _move(
        self,
        key: str,
        slot: Slot[T],
        before: OrderedDict[str, Slot[T]],
        after: OrderedDict[str, Slot[T]],
    ) -> None:
        """Put an item behind the others that are known, or that are new."""
        del before[key]
        after[key] = slot
        slot.is_known, slot.was_asked = after is self._known, False
        self._bytes_known += slot.size if slot.is_known else -slot.size

    def drop(self, key: str) -> None:
        """Forget the item, if it is here."""
        slot = self._held.pop(key, None)
        if slot is None:
            return
        del (self._known if slot.is_known else self._new)[key]
        self.bytes -= slot.size
        self._bytes_known -= slot.size if slot.is_known else 0
        for tag in slot.item.tags:
            keys = self._by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._by_tag[tag]

    def drop_tagged(self, tags: Iterable[str]) -> int:
        """Forget the items that were made from what `tags` stand for; return how many."""
        keys = {key for tag in tags for key in self._by_tag.get(tag, ())}
        for key in keys:
            self.drop(key)
        return len(keys)

    def clear(self) -> int:
        """Forget all items; return how many."""
        count = len(self._held)
        for held in (self._held, self._new, self._known, self._by_tag):
            held.clear()
        self.bytes = self._bytes_known = 0
        return count
