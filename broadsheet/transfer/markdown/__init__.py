"""Markdown files with front matter: out, and back in."""

from collections.abc import Iterator

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.transfer import faults
from broadsheet.transfer.incoming import Incoming, Item, Unreadable
from broadsheet.transfer.markdown import layout, reader, redirects
from broadsheet.transfer.sources import Source

_RANKS = (0, 1, 2, 3)


def items(source: Source, *, fixes_encoding: bool = False) -> Iterator[Item]:
    """Yield what `source` holds, in the order in which posts may choose their slugs.

    Those that have one come before those that guess, and the published before drafts. What waits
    for its turn is read again then, so memory does not grow with its number.
    """
    people = {user.username.lower(): user for user in User.objects.public()}
    for name, reason in source.refused:
        yield Unreadable(name, reason)
    waiting: dict[int, list[str]] = {rank: [] for rank in _RANKS}
    for turn in _RANKS:
        for name in source.names if turn == 0 else waiting[turn]:
            item: Item | None = None
            rank = turn
            with faults.contained(name, "reading", is_reading=True) as fault:
                if not (layout.IMAGE_FILE.search(name) or redirects.is_table(name)):
                    item = reader.to_item(
                        source, name, people=people, fixes_encoding=fixes_encoding
                    )
                if isinstance(item, Incoming):
                    rank = _rank(item)
            if fault.reason:
                yield Unreadable(name, fault.reason)
            elif rank > turn:
                waiting[rank].append(name)
            elif item is not None:
                yield item


def _rank(post: Incoming) -> int:
    """Return when it is the turn of `post` to choose its slug."""
    is_guess = not post.fields.get("slug")
    return 2 * is_guess + (post.fields["status"] == Post.Status.DRAFT)
