"""Starting an import: the one way that the command and the owner's page share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from broadsheet.transfer import faults, foreign, hashnode, markdown, sources
from broadsheet.transfer.images import Images
from broadsheet.transfer.incoming import Incoming
from broadsheet.transfer.markdown import redirects
from broadsheet.transfer.markdown.pictures import Pictures
from broadsheet.transfer.report import Report
from broadsheet.transfer.run import Options, run

_READERS = {"hashnode": hashnode.items, "markdown": markdown.items}


@dataclass(slots=True)
class Progress:
    """How far an import is: files done and altogether, and images brought here.

    `tell` is called with it whenever that changed.
    """

    tell: Callable[["Progress"], None]
    total: int = 0
    done: int = 0
    images: int = 0


def start(
    kind: str,
    path: Path,
    *,
    options: Options,
    report: Report,
    tell: Callable[[Progress], None],
) -> None:
    """Import what is at `path`, of `kind` "hashnode" or "markdown", and end the report.

    `tell` is called whenever there is progress. Raises Unsuitable, also at the end where nothing
    in it was a post.
    """
    with sources.opened(path) as source:
        with faults.contained(path.name, "recognising it", is_reading=True):
            foreign.refuse(source)
        progress = Progress(tell, total=len(source.names))
        pictures = None if options.is_dry_run else Pictures(source, by=options.author)

        def brought() -> None:
            progress.images += 1
            report.images += 1
            tell(progress)

        def done(number: int) -> None:
            progress.done, progress.total = number, max(number, progress.total)
            tell(progress)

        downloads = options.downloads_images and not options.is_dry_run
        images = Images(by=options.author, downloads=downloads, brought=brought)

        def place_images(post: Incoming) -> None:
            if kind == "markdown" and pictures is not None:
                pictures.place(post)
            images.place(post)

        run(
            _READERS[kind](source, fixes_encoding=options.fixes_encoding),
            options=options,
            report=report,
            place_images=place_images,
            progress=done,
        )
        if kind == "markdown":
            with faults.contained("the redirects", "bringing them back"):
                redirects.bring_back(source, report, is_dry_run=options.is_dry_run)
    with faults.contained("the summary", "reporting"):
        if report.file is not None:
            print(f"\n{report.summary()}", file=report.file)
    if not report.has_posts:
        raise faults.Unsuitable(
            f"Nothing was imported: {path.name} holds no post that `import {kind}` can read."
            f"\n{report.summary()}"
        )
