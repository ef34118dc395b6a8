"""Markdown files with front matter: out, and back in."""

from collections.abc import Iterator

from broadsheet.accounts.models import User
from broadsheet.transfer import faults
from broadsheet.transfer.incoming import Item, Unreadable
from broadsheet.transfer.markdown import layout, reader, redirects
from broadsheet.transfer.sources import Source


def items(source: Source, *, fixes_encoding: bool = False) -> Iterator[Item]:
    """Yield what `source` holds, one file after the other."""
    people = {user.username.lower(): user for user in User.objects.public()}
    for name, reason in source.refused:
        yield Unreadable(name, reason)
    for name in source.names:
        item: Item | None = None
        with faults.contained(name, "reading", is_reading=True) as fault:
            if not (layout.IMAGE_FILE.search(name) or redirects.is_table(name)):
                item = reader.to_item(source, name, people=people, fixes_encoding=fixes_encoding)
        item = Unreadable(name, fault.reason) if fault.reason else item
        if item is not None:
            yield item
