"""Segmented LRU of cache entries, indexed by cache tag and bounded in bytes."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable

from broadsheet.pagecache.entries import CacheEntry

#: Share of the capacity that protected entries can take.
_PROTECTED_SHARE = 0.8
#: Protected entries are demoted if not requested again within this many turnovers of the cache.
_MAX_TURNOVERS = 32


class Slot:
    """An entry with the size that was counted for it, and whether it was requested since."""

    __slots__ = ("entry", "is_protected", "size", "was_requested")

    def __init__(self, entry: CacheEntry) -> None:
        self.entry = entry
        self.size = 0
        self.was_requested = self.is_protected = False


class TaggedLRU:
    """Entries by key, within `capacity` bytes.

    New entries are on probation and evict each other. Those that are requested again become
    protected; they are demoted only if they exceed their share or are not requested for long. So a
    client that requests very many pages once does not evict pages that others request repeatedly.

    Every thread can read at any time; only one may write at a time.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.bytes = self.evicted = 0
        self._protected_bytes = self._evicted_at_demotion = 0
        self._slots: dict[str, Slot] = {}
        self._probation: OrderedDict[str, Slot] = OrderedDict()
        self._protected: OrderedDict[str, Slot] = OrderedDict()
        self._keys_by_tag: defaultdict[str, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._slots)

    def get(self, key: str) -> CacheEntry | None:
        """Return the entry, and record that it was requested."""
        slot = self._slots.get(key)
        if slot is None:
            return None
        slot.was_requested = True
        return slot.entry

    def items(self) -> dict[str, CacheEntry]:
        """Return all entries, without recording a request."""
        return {key: slot.entry for key, slot in self._slots.items()}

    def put(self, key: str, entry: CacheEntry) -> None:
        """Store the entry; evict others if necessary."""
        self.drop(key)
        self._slots[key] = self._probation[key] = Slot(entry)
        for tag in entry.tags:
            self._keys_by_tag[tag].add(key)
        self.update_size(key)

    def update_size(self, key: str) -> None:
        """Count the size of an entry that has grown; evict others if necessary."""
        slot = self._slots.get(key)
        if slot is None:
            return
        growth = slot.entry.size - slot.size
        slot.size += growth
        self.bytes += growth
        self._protected_bytes += growth if slot.is_protected else 0
        while self.bytes > self.capacity:
            self._evict_or_promote()

    def _evict_or_promote(self) -> None:
        """Evict the oldest entry, or protect it if it was requested again."""
        key, slot = next(iter((self._probation or self._protected).items()))
        if slot.was_requested and not slot.is_protected:
            self._move(key, slot, self._probation, self._protected)
        else:
            self.drop(key)
            self.evicted += 1
        lifetime = _MAX_TURNOVERS * len(self._slots)
        evictions = self.evicted - self._evicted_at_demotion
        is_due = evictions * (len(self._protected) + 1) > lifetime
        if is_due or self._protected_bytes > _PROTECTED_SHARE * self.capacity:
            self._demote_oldest()

    def _demote_oldest(self) -> None:
        """Put the oldest protected entry on probation, unless it was requested meanwhile."""
        if self._protected:
            key, slot = next(iter(self._protected.items()))
            if slot.was_requested:
                slot.was_requested = False
                self._protected.move_to_end(key)
            else:
                self._move(key, slot, self._protected, self._probation)
        self._evicted_at_demotion = self.evicted

    def _move(
        self,
        key: str,
        slot: Slot,
        source: OrderedDict[str, Slot],
        target: OrderedDict[str, Slot],
    ) -> None:
        """Move an entry to the end of the other segment."""
        del source[key]
        target[key] = slot
        slot.is_protected, slot.was_requested = target is self._protected, False
        self._protected_bytes += slot.size if slot.is_protected else -slot.size

    def drop(self, key: str) -> None:
        """Remove the entry, if there is one."""
        slot = self._slots.pop(key, None)
        if slot is None:
            return
        del (self._protected if slot.is_protected else self._probation)[key]
        self.bytes -= slot.size
        self._protected_bytes -= slot.size if slot.is_protected else 0
        for tag in slot.entry.tags:
            keys = self._keys_by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._keys_by_tag[tag]

    def drop_tagged(self, tags: Iterable[str]) -> int:
        """Remove the entries that have one of `tags`; return their number."""
        keys = {key for tag in tags for key in self._keys_by_tag.get(tag, ())}
        for key in keys:
            self.drop(key)
        return len(keys)

    def clear(self) -> int:
        """Remove all entries; return their number."""
        count = len(self._slots)
        for index in (self._slots, self._probation, self._protected, self._keys_by_tag):
            index.clear()
        self.bytes = self._protected_bytes = 0
        return count
