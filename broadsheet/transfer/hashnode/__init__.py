"""From Hashnode: GitHub backups, older backups, and the dashboard's JSON export."""

from collections.abc import Iterator

from broadsheet.transfer.hashnode import backup, export
from broadsheet.transfer.incoming import Item, Unreadable
from broadsheet.transfer.sources import Source


def items(source: Source, *, fixes_encoding: bool = False) -> Iterator[Item]:
    """Yield what `source` holds, one file or entry after the other."""
    for name, reason in source.refused:
        yield Unreadable(name, reason)
    for name in source.names:
        if name.lower().endswith(".json"):
            yield from export.to_items(source, name, fixes_encoding=fixes_encoding)
        else:
            yield backup.to_item(source, name, fixes_encoding=fixes_encoding)
