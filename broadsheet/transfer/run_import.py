"""Entry point of an import, shared by the command and the owner's page."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from broadsheet.transfer import archives, unsupported_formats
from broadsheet.transfer.error_isolation import UnsupportedSourceError, isolate_errors
from broadsheet.transfer.import_formats import IMPORT_FORMATS
from broadsheet.transfer.pipeline import ImportOptions, run_pipeline
from broadsheet.transfer.records import PostRecord
from broadsheet.transfer.remote_images import ImageImporter
from broadsheet.transfer.report import Report

if TYPE_CHECKING:
    from broadsheet.transfer.importers.base import BaseImporter


@dataclass(slots=True)
class ImportProgress:
    """Progress of an import: finished files, all files, and downloaded images."""

    total: int = 0
    done: int = 0
    images: int = 0


def run_import(
    kind: str,
    path: Path,
    *,
    options: ImportOptions,
    report: Report,
    on_progress: Callable[[ImportProgress], None],
) -> None:
    """Import the source at `path` of the format `kind`, and complete the report.

    `on_progress` is called on each change. Raises UnsupportedSourceError, also at the end if no
    file was a post.
    """
    with archives.open_source(path) as source:
        with isolate_errors(path.name, "recognising it", is_reading=True):
            unsupported_formats.reject_unsupported(source)
        progress = ImportProgress(total=len(source.names))
        importer: BaseImporter = import_string(IMPORT_FORMATS[kind].importer)(source, options)

        def count_image() -> None:
            progress.images += 1
            report.images += 1
            on_progress(progress)

        def count_files(number: int) -> None:
            progress.done, progress.total = number, max(number, progress.total)
            on_progress(progress)

        downloads = options.downloads_images and not options.is_dry_run
        remote_images = ImageImporter(
            by=options.author, downloads=downloads, on_download=count_image
        )

        def import_images(post: PostRecord) -> None:
            if not options.is_dry_run:
                importer.import_images(post)
            remote_images.import_images(post)

        run_pipeline(
            importer.read_items(),
            options=options,
            report=report,
            import_images=import_images,
            progress=count_files,
        )
        importer.finish(report)
    with isolate_errors("the summary", "reporting"):
        if report.file is not None:
            print(f"\n{report.summary()}", file=report.file)
    if not report.has_posts:
        raise UnsupportedSourceError(
            f"Nothing was imported: {path.name} has no post that `import {kind}` can "
            f"read.\n{report.summary()}"
        )
