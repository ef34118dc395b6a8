"""From Hashnode: GitHub backups, older backups, and the dashboard's JSON export."""

from collections.abc import Iterator

from broadsheet.transfer import faults
from broadsheet.transfer.hashnode import backup, export
from broadsheet.transfer.hashnode.mapping import RANKS
from broadsheet.transfer.incoming import Item, Skipped, Unreadable
from broadsheet.transfer.sources import Source


def items(source: Source, *, fixes_encoding: bool = False) -> Iterator[Item]:
    """Yield what `source` holds, in the order in which posts may choose their slugs.

    What waits for its turn is read again then, so memory does not grow with its number.
    """
    for name, reason in source.refused:
        yield Unreadable(name, reason)
    # A folder with a backup may hold the files of a site's build and of its tools, too.
    has_backup = not source.is_single and any(
        name.lower().endswith(backup.ENDINGS) for name in source.names
    )
    exports = []
    waiting: dict[int, list[str]] = {rank: [] for rank in RANKS}
    for turn in RANKS:
        for name in source.names if turn == 0 else waiting[turn]:
            if not name.lower().endswith(".json"):
                item: Item | None = None
                with faults.contained(name, "reading", is_reading=True) as fault:
                    item = _read(source, name, turn, waiting, fixes_encoding=fixes_encoding)
                item = Unreadable(name, fault.reason) if fault.reason else item
                if item is not None:
                    yield item
            elif has_backup:
                yield Skipped(name, "is JSON in a backup; an export is imported by its own name")
            else:
                exports.append(name)
    for name in exports:
        yield from export.to_items(source, name, fixes_encoding=fixes_encoding)


def _read(
    source: Source, name: str, turn: int, waiting: dict[int, list[str]], *, fixes_encoding: bool
) -> Item | None:
    """Return what the file holds; None where its turn is later, which `waiting` then has."""
    file = backup.load(source, name)
    if not isinstance(file, backup.File):
        return file
    if file.rank > turn:
        waiting[file.rank].append(name)
        return None
    return file.to_post(fixes_encoding=fixes_encoding)
