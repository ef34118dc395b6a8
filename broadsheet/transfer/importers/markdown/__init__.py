"""Importer for Markdown files with front matter, including exports of Broadsheet."""

from collections.abc import Iterator

from broadsheet.accounts.models import User
from broadsheet.posts.models import Post
from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.error_isolation import isolate_errors
from broadsheet.transfer.importers.base import BaseImporter
from broadsheet.transfer.importers.markdown import reader, redirects
from broadsheet.transfer.importers.markdown.images import ArchiveImageImporter
from broadsheet.transfer.markdown_format import schema
from broadsheet.transfer.pipeline import ImportOptions
from broadsheet.transfer.records import PostRecord, SourceItem, UnreadableFile
from broadsheet.transfer.report import Report

_SLUG_PASSES = (0, 1, 2, 3)


class MarkdownImporter(BaseImporter):
    """Reads Markdown files, and the images and redirects of an export."""

    def __init__(self, source: FileSource, options: ImportOptions) -> None:
        super().__init__(source, options)
        self._images = ArchiveImageImporter(source, by=options.author)

    def read_items(self) -> Iterator[SourceItem]:
        """Yield the posts of the source."""
        return _read_items(self.source, fixes_encoding=self.options.fixes_encoding)

    def import_images(self, post: PostRecord) -> None:
        """Store the images of `post` that are in the export."""
        self._images.import_images(post)

    def finish(self, report: Report) -> None:
        """Create the redirects that the export lists."""
        with isolate_errors("the redirects", "restoring them"):
            redirects.import_redirects(self.source, report, is_dry_run=self.options.is_dry_run)


def _read_items(source: FileSource, *, fixes_encoding: bool) -> Iterator[SourceItem]:
    """Yield the items of `source` in the order in which slugs are assigned.

    Posts with a slug come before posts without, and published posts before drafts. Files of
    later passes are read again then, so memory does not grow with their number.
    """
    users = {user.username.lower(): user for user in User.objects.public()}
    for name, reason in source.refused:
        yield UnreadableFile(name, reason)
    waiting: dict[int, list[str]] = {slug_pass: [] for slug_pass in _SLUG_PASSES}
    for current_pass in _SLUG_PASSES:
        for name in source.names if current_pass == 0 else waiting[current_pass]:
            item: SourceItem | None = None
            slug_pass = current_pass
            with isolate_errors(name, "reading", is_reading=True) as failure:
                if not (
                    schema.IMAGE_FILE_PATTERN.search(name) or redirects.is_redirects_file(name)
                ):
                    item = reader.read_file(
                        source, name, users=users, fixes_encoding=fixes_encoding
                    )
                if isinstance(item, PostRecord):
                    slug_pass = _slug_pass(item)
            if failure.reason:
                yield UnreadableFile(name, failure.reason)
            elif slug_pass > current_pass:
                waiting[slug_pass].append(name)
            elif item is not None:
                yield item


def _slug_pass(post: PostRecord) -> int:
    """Return the pass in which `post` gets its slug."""
    is_slug_missing = not post.fields.get("slug")
    return 2 * is_slug_missing + (post.fields["status"] == Post.Status.DRAFT)
