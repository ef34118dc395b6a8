"""An import from its first file to its report: in batches, each of which is there whole or not.

It can be stopped or killed at any moment and run again: what is there already stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

from django.db import IntegrityError, transaction

from broadsheet.accounts.models import User
from broadsheet.transfer import plans, rendering, writing
from broadsheet.transfer.incoming import Incoming, Item, Skipped, Unreadable
from broadsheet.transfer.report import Report, Verb

BATCH = 100
_TRIES = 3


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
    done = 0
    seen: set[str] = set()
    with rendering.renderer() as render:

        def prepare(plan: plans.Plan) -> None:
            place_images([*plan.new, *(incoming for incoming, _post in plan.changed)])
            render(plan.new)

        for batch in batched(items, BATCH):
            _import(list(_posts(batch, seen, report)), options, prepare, report)
            done += len(batch)
            progress(done)


def _posts(batch: Iterable[Item], seen: set[str], report: Report) -> Iterator[Incoming]:
    """Yield the posts; what is none goes straight into the report."""
    for item in batch:
        if isinstance(item, Skipped):
            report.add(item.origin, Verb.SKIPPED, about=item.reason)
        elif isinstance(item, Unreadable):
            report.add(item.origin, Verb.UNREADABLE, about=item.reason)
        else:
            if item.source_id in seen:  # the same post twice: both are kept
                item.source_id = f"{item.source_id[:90]}#{item.origin[-100:]}"
            seen.add(item.source_id)
            yield item


def _import(
    posts: list[Incoming],
    options: Options,
    prepare: Callable[[plans.Plan], None],
    report: Report,
) -> None:
    for _attempt in range(_TRIES):
        plan = plans.make(
            posts,
            wants_images=options.downloads_images,
            wants_repair=options.fixes_encoding,
        )
        prepare(plan)
        try:
            outcomes = _write(plan, options)
        except IntegrityError:  # another import made one of these posts meanwhile
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
