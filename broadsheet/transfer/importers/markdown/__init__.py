"""Importer for Markdown files with front matter, including exports of Broadsheet."""

from collections.abc import Iterator

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.error_isolation import isolate_errors
from broadsheet.transfer.importers.markdown import reader, redirects
from broadsheet.transfer.markdown_format import schema
from broadsheet.transfer.records import PostRecord, SourceItem, UnreadableFile

_RANKS = (0, 1, 2, 3)


def read_items(source: FileSource, *, fixes_encoding: bool = False) -> Iterator[SourceItem]:
    """Yield the items of `source` in the order in which posts choose their slugs.

    Posts with a slug come before posts without, and published posts before drafts. Files whose
    turn is later are read again then, so memory does not grow with their number.
    """
    users = {user.username.lower(): user for user in User.objects.public()}
    for name, reason in source.refused:
        yield UnreadableFile(name, reason)
    waiting: dict[int, list[str]] = {rank: [] for rank in _RANKS}
    for turn in _RANKS:
        for name in source.names if turn == 0 else waiting[turn]:
            item: SourceItem | None = None
            rank = turn
            with isolate_errors(name, "reading", is_reading=True) as failure:
                if not (
                    schema.IMAGE_FILE_PATTERN.search(name) or redirects.is_redirects_file(name)
                ):
                    item = reader.read_file(
                        source, name, users=users, fixes_encoding=fixes_encoding
                    )
                if isinstance(item, PostRecord):
                    rank = _rank(item)
            if failure.reason:
                yield UnreadableFile(name, failure.reason)
            elif rank > turn:
                waiting[rank].append(name)
            elif item is not None:
                yield item


def _rank(post: PostRecord) -> int:
    """Return the pass in which `post` chooses its slug."""
    is_slug_missing = not post.fields.get("slug")
    return 2 * is_slug_missing + (post.fields["status"] == Post.Status.DRAFT)
