"""Base class of importers."""

from collections.abc import Iterator

from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.pipeline import ImportOptions
from broadsheet.transfer.records import PostRecord, SourceItem
from broadsheet.transfer.report import Report


class BaseImporter:
    """Reads one source."""

    def __init__(self, source: FileSource, options: ImportOptions) -> None:
        self.source = source
        self.options = options

    def read_items(self) -> Iterator[SourceItem]:
        """Yield the items in the order in which slugs are assigned."""
        raise NotImplementedError

    def import_images(self, post: PostRecord) -> None:
        """Store the images of `post` that are in the source. Not called in a dry run."""

    def finish(self, report: Report) -> None:
        """Import everything except posts, after all posts."""
