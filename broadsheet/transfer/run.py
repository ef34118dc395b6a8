"""An import from its first file to its report: in batches, each of which is there whole or not.

It can be stopped or killed at any moment and run again: what is there already stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, chain

from django.db import IntegrityError, transaction

from broadsheet.accounts.models import User
from broadsheet.transfer import plans, rendering, writing
from broadsheet.transfer.incoming import Incoming, Item, Skipped, Unreadable
from broadsheet.transfer.report import Report, Verb

BATCH = 100
_TRIES = 3

type _Prepared = tuple[plans.Plan, Callable[[], None]]  # and what waits until it is rendered


@dataclass(frozen=True, slots=True)
class Options:
    """How to import."""

    author: User
    is_dry_run: bool = False
    downloads_images: bool = False
    fixes_encoding: bool = False


def run(
    items: Iterable[Item],
    *,
    options: Options,
    report: Report,
    place_images: Callable[[Sequence[Incoming]], None],
    progress: Callable[[int], None],
) -> None:
    """Import `items` and say in `report` what became of each.

    `place_images` points posts to the images that are here; it may fetch them, so it is called
    outside any transaction.
    `progress` is called with the number of items that are done; what it raises ends the import
    between two batches.
    """
    with rendering.renderer() as render:

        def prepare(posts: list[Incoming]) -> _Prepared:
            plan = plans.make(
                posts,
                wants_images=options.downloads_images,
                wants_repair=options.fixes_encoding,
            )
            place_images([*plan.new, *(incoming for incoming, _post in plan.changed)])
            return plan, render(plan.new)

        done = 0
        seen: set[str] = set()
        before: tuple[int, list[Incoming], _Prepared] | None = None
        # While one batch is written, the texts of the next are rendered.
        for batch in chain(batched(items, BATCH), [()]):
            posts = list(_posts(batch, seen, report))
            prepared = prepare(posts)
            if before is not None:
                _import(before[1], before[2], prepare, options, report)
                done += before[0]
                progress(done)
            before = len(batch), posts, prepared


def _posts(batch: Iterable[Item], seen: set[str], report: Report) -> Iterator[Incoming]:
    """Yield the posts; what is none goes straight into the report."""
    for item in batch:
        if isinstance(item, Skipped):
            report.add(item.origin, Verb.SKIPPED, about=item.reason)
        elif isinstance(item, Unreadable):
            report.add(item.origin, Verb.UNREADABLE, about=item.reason)
        else:
            if item.source_id in seen and item.is_identified:
                about = "is a post that another file has already, by its identifier"
                report.add(item.origin, Verb.SKIPPED, about=about)
                continue
            if item.source_id in seen:  # two posts that are called alike: both are kept
                item.source_id = f"{item.source_id[:90]}#{item.origin[-100:]}"
                item.post_id = None
                item.fields.pop("id", None)
            seen.add(item.source_id)
            yield item


def _import(
    posts: list[Incoming],
    prepared: _Prepared,
    prepare: Callable[[list[Incoming]], _Prepared],
    options: Options,
    report: Report,
) -> None:
    for _attempt in range(_TRIES):
        plan, wait = prepared
        wait()
        try:
            outcomes = _write(plan, options)
        except IntegrityError:  # another import made one of these posts meanwhile
            prepared = prepare(posts)
            continue
        for outcome in [*plan.settled, *outcomes]:
            report.add(outcome.origin, outcome.verb, about=outcome.about, notes=outcome.notes)
        return
    for incoming in posts:
        report.add(incoming.origin, Verb.FAILED, about="it is being imported elsewhere")


def _write(plan: plans.Plan, options: Options) -> list[plans.Outcome]:
    if not plan.new and not plan.changed:
        return []
    with transaction.atomic():
        outcomes = writing.write(plan, by=options.author)
        if options.is_dry_run:
            transaction.set_rollback(True)
    return outcomes
