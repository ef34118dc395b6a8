"""Starting an import: the one way that the command and the owner's page share."""

from collections.abc import Callable, Sequence
from pathlib import Path

from broadsheet.transfer import foreign, hashnode, images, markdown, sources
from broadsheet.transfer.incoming import Incoming
from broadsheet.transfer.markdown import redirects
from broadsheet.transfer.markdown.pictures import Pictures
from broadsheet.transfer.report import Report
from broadsheet.transfer.run import Options, run

_READERS = {"hashnode": hashnode.items, "markdown": markdown.items}


def start(
    kind: str,
    path: Path,
    *,
    options: Options,
    report: Report,
    progress: Callable[[int, int], None],
) -> None:
    """Import what is at `path`, of `kind` "hashnode" or "markdown", and end the report.

    `progress` is called with the number of files done and that of all. Raises Unsuitable, also at
    the end where nothing in it was a post.
    """
    with sources.opened(path) as source:
        foreign.refuse(source)
        pictures = None if options.is_dry_run else Pictures(source, by=options.author)

        def place_images(posts: Sequence[Incoming]) -> None:
            if kind == "markdown" and pictures is not None:
                for post in posts:
                    pictures.place(post)
            downloads = options.downloads_images and not options.is_dry_run
            images.localise(posts, by=options.author, downloads=downloads)

        run(
            _READERS[kind](source, fixes_encoding=options.fixes_encoding),
            options=options,
            report=report,
            place_images=place_images,
            progress=lambda done: progress(done, len(source.names)),
        )
        if kind == "markdown":
            redirects.bring_back(source, report, is_dry_run=options.is_dry_run)
    if report.file is not None:
        print(f"\n{report.summary()}", file=report.file)
    if not report.has_posts:
        raise sources.Unsuitable(
            f"Nothing was imported: {path.name} holds no post that `import {kind}` can read."
            f"\n{report.summary()}"
        )
