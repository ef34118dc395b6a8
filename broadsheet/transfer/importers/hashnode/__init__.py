"""Importer for Hashnode: GitHub backups, older backups, and the dashboard's JSON export."""

from collections.abc import Iterator

from broadsheet.transfer.archives import FileSource
from broadsheet.transfer.error_isolation import isolate_errors
from broadsheet.transfer.importers.base import BaseImporter
from broadsheet.transfer.importers.hashnode import github_backup, json_export
from broadsheet.transfer.importers.hashnode.mapping import SLUG_PASSES
from broadsheet.transfer.records import SkippedFile, SourceItem, UnreadableFile


class HashnodeImporter(BaseImporter):
    """Reads a backup or an export."""

    def read_items(self) -> Iterator[SourceItem]:
        """Yield the items of the source."""
        return read_items(self.source, fixes_encoding=self.options.fixes_encoding)


def read_items(source: FileSource, *, fixes_encoding: bool = False) -> Iterator[SourceItem]:
    """Yield the items of `source` in the order in which slugs are assigned.

    Files of later passes are read again in their pass, to limit memory usage.
    """
    for name, reason in source.refused:
        yield UnreadableFile(name, reason)
    # A folder with a backup can also contain files of a site's build and tools.
    has_backup = not source.is_single and any(
        name.lower().endswith(github_backup.EXTENSIONS) for name in source.names
    )
    exports = []
    waiting: dict[int, list[str]] = {slug_pass: [] for slug_pass in SLUG_PASSES}
    for current_pass in SLUG_PASSES:
        for name in source.names if current_pass == 0 else waiting[current_pass]:
            if not name.lower().endswith(".json"):
                item: SourceItem | None = None
                with isolate_errors(name, "reading", is_reading=True) as failure:
                    item = _read_file(
                        source, name, current_pass, waiting, fixes_encoding=fixes_encoding
                    )
                item = UnreadableFile(name, failure.reason) if failure.reason else item
                if item is not None:
                    yield item
            elif has_backup:
                yield SkippedFile(
                    name, "is JSON inside a backup; import a JSON export as a separate file"
                )
            else:
                exports.append(name)
    for name in exports:
        yield from json_export.read_export(source, name, fixes_encoding=fixes_encoding)


def _read_file(
    source: FileSource,
    name: str,
    current_pass: int,
    waiting: dict[int, list[str]],
    *,
    fixes_encoding: bool,
) -> SourceItem | None:
    """Return the file's item; None if it is for a later pass: then it is added to `waiting`."""
    file = github_backup.load_file(source, name)
    if not isinstance(file, github_backup.BackupFile):
        return file
    if file.slug_pass > current_pass:
        waiting[file.slug_pass].append(name)
        return None
    return file.to_post(fixes_encoding=fixes_encoding)
